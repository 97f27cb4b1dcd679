"""A trusted list from a configured address: taken when it may be relied on, and nothing changes when it may not."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from api.acts.trust import import_list
from api.clock import SystemClock
from api.errors import RequestInvalid
from api.home import Home, open_home
from api.settings import read_settings
from guard import EgressRefused
from keys import MAX_LIST_BYTES, TrustedList, TrustedListRefused, stored_lists
from tests.trusted_lists import FOR_SEALS, ListFacts, Publisher, Service, write_list

pytestmark = pytest.mark.slow
# The command line lives in the present.
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def publisher() -> Publisher:
    return Publisher(at=NOW)


def signed_list(publisher: Publisher, **changes: object) -> bytes:
    facts = ListFacts((Service(publisher.der, uses=(FOR_SEALS,)),), NOW - timedelta(days=1), **changes)  # type: ignore[arg-type]
    return publisher.sign(write_list(facts))


@contextmanager
def served(pages: dict[str, tuple[int, bytes, str]]) -> Iterator[tuple[str, list[str]]]:
    """Serve status, body and Location by path; gives the address and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, body, location = pages[self.path]
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            # Who has seen that it is too large hangs up.
            with suppress(ConnectionError):
                self.wfile.write(body)

        # The base class names its argument so.
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def home(founded_home: Path, tmp_path_factory: pytest.TempPathFactory, publisher: Publisher) -> Home:
    folder = tmp_path_factory.mktemp("trusting") / "home"
    shutil.copytree(founded_home, folder)
    (folder.parent / "publisher.pem").write_bytes(publisher.pem)
    return open_home(folder)


def fetch(home: Home, url: str) -> TrustedList:
    settings = read_settings({"VIDIMUS_TRUSTED_LIST_URLS": url, "VIDIMUS_PRIVATE_SERVICES": "1"})
    signers = [home.folder.parent / "publisher.pem"]
    return import_list(home, settings, source=url, signers=signers, clock=SystemClock())[0]


@pytest.mark.parametrize(
    ("fault", "refused"),
    [
        ("forged", TrustedListRefused),
        ("stranger", TrustedListRefused),
        ("stale", TrustedListRefused),
        ("redirect", EgressRefused),
        ("large", EgressRefused),
        ("gone", RequestInvalid),
    ],
)
def test_list_that_must_not_be_taken_from_an_address_changes_nothing(
    home: Home, publisher: Publisher, fault: str, refused: type[Exception]
) -> None:
    good = signed_list(publisher)
    pages: dict[str, tuple[int, bytes, str]] = {
        "forged": (200, good.replace(b">XT<", b">YT<"), ""),
        "stranger": (200, signed_list(Publisher(at=NOW)), ""),
        "stale": (200, signed_list(publisher, lives=timedelta(hours=1)), ""),
        "redirect": (302, b"", "/good.xml"),
        "large": (200, good + b" " * MAX_LIST_BYTES, ""),
        "gone": (404, b"nothing here", ""),
    }
    with served({f"/{fault}": pages[fault], "/good.xml": (200, good, "")}) as (address, asked), pytest.raises(refused):
        fetch(home, f"{address}/{fault}")
    assert asked == [f"/{fault}"], "nobody followed it elsewhere"
    assert list(stored_lists(home.trust)) == []


def test_list_at_a_configured_address_is_taken_in_and_remembers_where_it_came_from(
    home: Home, publisher: Publisher
) -> None:
    with served({"/list.xml": (200, signed_list(publisher), "")}) as (address, asked):
        found = fetch(home, f"{address}/list.xml")
    assert (found.territory, asked) == ("XT", ["/list.xml"])
    assert [one.source for one in stored_lists(home.trust)] == [f"{address}/list.xml"]
