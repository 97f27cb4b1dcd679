"""The one way out to the network: what it fetches and what it refuses."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from guard import AllowedOrigin, EgressFailed, EgressRefused, GuardedHttp
from guard.egress import check_address

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow


class Service(BaseHTTPRequestHandler):
    """Answers as good and bad services do, by path."""

    def do_GET(self) -> None:
        match self.path:
            case "/crl?which=1":
                self._answer(200, b"crl", {"Content-Type": "application/pkix-crl; v=1"})
            case "/away":
                self._answer(302, b"", {"Location": "http://169.254.169.254/"})
            case "/long":
                self._answer(200, bytes(5000), {})
            case "/bomb":
                self._answer(200, gzip.compress(bytes(10_000)), {"Content-Encoding": "gzip"})
            case "/drip":
                self._drip()
            case "/cut":
                self.send_response(200)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.write(b"short")
            case _:
                self._answer(404, b"nothing here", {})

    def do_POST(self) -> None:
        received = self.rfile.read(int(self.headers["Content-Length"]))
        described = f"{self.headers['Host']}|{self.headers['Content-Type']}|".encode()
        self._answer(200, described + received, {"Content-Type": "application/timestamp-reply"})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
        pass

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def http(base_url: str) -> GuardedHttp:
    return GuardedHttp([AllowedOrigin.from_url(base_url, allow_private=True)])


def fetch(http: GuardedHttp, url: str, *, max_bytes: int = 1000, timeout_seconds: float = 5.0) -> bytes:
    return http.fetch(url, max_bytes=max_bytes, timeout_seconds=timeout_seconds).body


def test_allowed_origin_answers(http: GuardedHttp, base_url: str) -> None:
    answer = http.fetch(f"{base_url}/crl?which=1", max_bytes=1000, timeout_seconds=5)
    assert (answer.status, answer.content_type, answer.body) == (200, "application/pkix-crl", b"crl")


def test_post_carries_body_type_and_host(http: GuardedHttp, base_url: str) -> None:
    answer = http.fetch(
        base_url, method="POST", body=b"query", content_type="application/timestamp-query", max_bytes=1000,
        timeout_seconds=5,
    )  # fmt: skip
    assert answer.body == f"{base_url.removeprefix('http://')}|application/timestamp-query|query".encode()


def test_status_of_the_other_side_is_reported_not_judged(http: GuardedHttp, base_url: str) -> None:
    assert http.fetch(f"{base_url}/no", max_bytes=1000, timeout_seconds=5).status == 404


def test_redirect_is_refused(http: GuardedHttp, base_url: str) -> None:
    with pytest.raises(EgressRefused, match="redirect"):
        fetch(http, f"{base_url}/away")


def test_answer_over_the_size_limit_is_refused(http: GuardedHttp, base_url: str) -> None:
    with pytest.raises(EgressRefused, match="longer than 1000 bytes"):
        fetch(http, f"{base_url}/long")


def test_compressed_answer_is_refused(http: GuardedHttp, base_url: str) -> None:
    with pytest.raises(EgressRefused, match="compressed"):
        fetch(http, f"{base_url}/bomb")


def test_dripping_answer_ends_at_the_deadline(http: GuardedHttp, base_url: str) -> None:
    started = time.monotonic()
    with pytest.raises(EgressFailed):
        fetch(http, f"{base_url}/drip", timeout_seconds=0.5)
    assert time.monotonic() - started < 2


def test_answer_that_breaks_off_is_a_failure(http: GuardedHttp, base_url: str) -> None:
    with pytest.raises(EgressFailed):
        fetch(http, f"{base_url}/cut")


def test_closed_port_is_a_failure() -> None:
    closed = "http://127.0.0.1:1"
    with pytest.raises(EgressFailed, match="gave no answer"):
        fetch(GuardedHttp([AllowedOrigin.from_url(closed, allow_private=True)]), closed)


@pytest.mark.parametrize(
    "url",
    [
        "http://elsewhere.test/",
        "https://tsa.test/",
        "http://tsa.test:8080/",
        "http://tsa.test.evil.test/",
        "http://user@tsa.test/",
        "http://tsa.test\\@evil.test/",
        "http://tsa.test/#x",
        "http://tsa.test/\r\nX: y",
        "http://tsa.test/é",
        "http://tsa.test:99999/",
        "ftp://tsa.test/",
        "file:///etc/passwd",
        "http:///nohost",
        "http://[::1/",
        "",
    ],
)
def test_address_outside_the_list_is_never_resolved(url: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    http = GuardedHttp([AllowedOrigin.from_url("http://tsa.test/")], resolve=resolve)
    with pytest.raises(EgressRefused):
        fetch(http, url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "169.254.169.254", "224.0.0.1",  # noqa: S104
        "255.255.255.255", "::1", "::", "fe80::1%lo", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1:1:1:1:80ff:fffe",
    ],
)  # fmt: skip
def test_name_that_leads_into_our_network_is_refused(address: str) -> None:
    http = GuardedHttp([AllowedOrigin.from_url("http://tsa.test/")], resolve=lambda _host, _port: ["8.8.8.8", address])
    with pytest.raises(EgressRefused, match=r"resolves to"):
        fetch(http, "http://tsa.test/")


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "::ffff:169.254.169.254"])  # noqa: S104
def test_metadata_service_is_refused_even_for_a_private_origin(address: str) -> None:
    with pytest.raises(EgressRefused, match="never"):
        check_address(address, origin=AllowedOrigin.from_url("http://tsa.test/", allow_private=True))


def test_public_address_passes() -> None:
    check_address("8.8.8.8", origin=AllowedOrigin.from_url("http://tsa.test/"))
    check_address("2606:4700::1111", origin=AllowedOrigin.from_url("http://tsa.test/"))


def test_name_is_resolved_once_and_the_checked_address_is_called(base_url: str) -> None:
    port = int(base_url.rsplit(":", 1)[1])
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    url = f"http://tsa.test:{port}"
    http = GuardedHttp([AllowedOrigin.from_url(url, allow_private=True)], resolve=resolve)
    assert fetch(http, f"{url}/crl?which=1") == b"crl"
    assert asked == ["tsa.test"]


def test_name_without_address_is_a_failure() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(EgressFailed, match="has no address"):
        fetch(GuardedHttp([AllowedOrigin.from_url("http://tsa.test/")], resolve=resolve), "http://tsa.test/")
    nowhere = GuardedHttp([AllowedOrigin.from_url("http://tsa.test/")], resolve=lambda _host, _port: [])
    with pytest.raises(EgressFailed, match="has no address"):
        fetch(nowhere, "http://tsa.test/")
