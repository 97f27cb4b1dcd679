"""The static site on a timer, and what a watchdog is told when that or something else is missing."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.errors import PublicationFailed, RequestInvalid
from api.folder_swap import alone_with, take_place
from api.housekeeping import Housekeeping
from api.publication import publish_site
from api.publishing import SitePublisher, publication_trouble, publish_on_time
from api.routes.health import readyz
from api.services import Services, open_services
from api.settings import read_settings, settings_for_home
from api.site import open_site
from guard import Isolation, IsolationReport
from keys import AnchorScope, Purpose, TrustAnchors, TrustedList, read_trust_bundle

pytestmark = pytest.mark.slow


class HeldClock:
    """A clock that goes on when it is told to."""

    def __init__(self, real: Any) -> None:
        self._real, self.ahead = real, timedelta()

    def now(self) -> Any:
        return self._real.now() + self.ahead


@pytest.fixture(scope="module")
def opened(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """An office that nobody works in."""
    home = tmp_path_factory.mktemp("publishing") / "home"
    shutil.copytree(founded_home, home)
    settings = replace(settings_for_home(read_settings({}), home), ocr_processes=1)
    with open_services(settings, with_worker=False) as services:
        yield services


@pytest.fixture
def office(opened: Services, tmp_path: Path) -> tuple[Services, HeldClock, Path]:
    """It publishes every day into a folder of the test's own, with a clock in our hands."""
    site, clock = tmp_path / "site", HeldClock(opened.clock)
    return replace(opened, clock=clock, settings=replace(opened.settings, publish_dir=site)), clock, site


def issued_at(site: Path) -> datetime:
    return datetime.fromisoformat(json.loads((site / "manifest.json").read_bytes())["issued_at"])


def test_site_is_written_when_it_is_due_and_left_alone_until_then(office: tuple[Services, HeldClock, Path]) -> None:
    services, clock, site = office
    assert publication_trouble(services.settings, at=clock.now()) == "MISSING"
    publisher = SitePublisher(services, site)
    publisher()
    first = issued_at(site)
    assert publication_trouble(services.settings, at=clock.now()) is None
    clock.ahead = timedelta(hours=23)
    publisher()
    assert issued_at(site) == first
    clock.ahead = timedelta(hours=25)
    publisher()
    assert issued_at(site) > first
    bundle = read_trust_bundle(site / "trust-bundle.json")
    published = open_site(site, bundle)
    assert published.check_files() > 10
    assert published.next_update - published.issued_at == timedelta(days=7)
    clock.ahead += timedelta(days=2)
    assert publication_trouble(services.settings, at=clock.now()) == "STALE"


def test_failure_is_said_in_every_round_and_tried_again_after_five_minutes(
    office: tuple[Services, HeldClock, Path],
) -> None:
    services, clock, site = office
    site.mkdir()
    (site / "letter.txt").write_text("dear")
    publisher = SitePublisher(services, site)
    keeper = Housekeeping((publisher,))
    keeper.round()
    assert keeper.trouble == "PublicationFailed"
    (site / "letter.txt").unlink()
    with pytest.raises(PublicationFailed, match="RequestInvalid"):
        publisher()
    clock.ahead = timedelta(minutes=6)
    keeper.round()
    assert keeper.trouble is None
    assert publication_trouble(services.settings, at=clock.now()) is None


def test_timer_is_a_chore_only_where_a_folder_is_named(office: tuple[Services, HeldClock, Path]) -> None:
    services, _, site = office
    for settings, is_written in ((replace(services.settings, publish_dir=None), False), (services.settings, True)):
        keeper = Housekeeping(())
        publish_on_time(replace(services, settings=settings, housekeeping=keeper))
        keeper.round()
        assert site.exists() is is_written


def test_two_processes_never_write_one_site_at_once(office: tuple[Services, HeldClock, Path]) -> None:
    services, _, site = office
    with alone_with(services.home.folder / "publish.lock") as is_alone:
        assert is_alone
        with pytest.raises(RequestInvalid, match="another process"):
            publish_site(services, site, lives=timedelta(days=1))
    assert not site.exists()


def test_folder_takes_the_others_place_and_leaves_nothing_behind(tmp_path: Path) -> None:
    for word in ("old", "new"):
        (tmp_path / word).mkdir()
        (tmp_path / word / "page").write_text(word)
    take_place(tmp_path / "new", target=tmp_path / "old")
    assert (tmp_path / "old" / "page").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_setting_of_the_timer_is_judged_at_the_start() -> None:
    told = read_settings({"VIDIMUS_PUBLISH_DIR": "/srv/site", "VIDIMUS_PUBLISH_HOURS": "6"})
    assert (told.publish_dir, told.publish_hours, told.publish_days) == (Path("/srv/site"), 6, 7)
    assert read_settings({}).publish_dir is None


class TrustNobody:
    """A shelf without a root."""

    def anchors(self) -> Any:
        return replace(self.real, roots_der=())

    def __init__(self, real: Any) -> None:
        self.real = real


class Shelf:
    """A shelf with these anchors."""

    def __init__(self, held: TrustAnchors) -> None:
        self.held = held

    def anchors(self) -> TrustAnchors:
        return self.held


def only_for_seals(anchors: TrustAnchors) -> TrustAnchors:
    scopes = [AnchorScope(hashlib.sha256(der).hexdigest(), frozenset({Purpose.SEAL})) for der in anchors.roots_der]
    return replace(anchors, scopes=tuple(scopes))


def old_list(at: datetime) -> TrustedList:
    """An imported list whose publisher promised a newer one for a minute ago."""
    return TrustedList(
        territory="XT",
        operator="Thí Dụ",
        sequence_number=7,
        issued_at=at - timedelta(days=180),
        next_update=at - timedelta(minutes=1),
        services=(),
        source="list.xml",
        sha256_hex="0" * 64,
        signer_sha256_hex="0" * 64,
    )


class LateClock:
    """A clock a year ahead of the revocation lists."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def now(self) -> Any:
        return self.real.now() + timedelta(days=365)


@pytest.mark.parametrize(
    "missing",
    ["trust-empty", "trust-purpose", "trust-list", "trust-stale", "isolation", "chores", "couriers", "publication"],
)
def test_work_is_not_sent_to_a_service_that_lacks_something(opened: Services, missing: str) -> None:
    services, isolated = opened, IsolationReport(Isolation.BUBBLEWRAP, network_isolated=True, detail="")
    services = replace(services, isolation=isolated, housekeeping=replace_trouble(None))
    # Only the guard of the door looks at the request.
    assert readyz(None, services).status_code == 200  # type: ignore[arg-type]
    changed: dict[str, Any] = {
        "trust-empty": {"trust": TrustNobody(services.trust.anchors())},
        "trust-purpose": {"trust": Shelf(only_for_seals(services.trust.anchors()))},
        "trust-list": {"trust": Shelf(replace(services.trust.anchors(), lists=(old_list(services.clock.now()),)))},
        "trust-stale": {"clock": LateClock(services.clock)},
        "isolation": {"isolation": IsolationReport(Isolation.RLIMITS, network_isolated=False, detail="")},
        "chores": {"housekeeping": replace_trouble("LOG_TAMPERED")},
        "couriers": {"couriers": (replace_trouble("ENDED"),)},
        "publication": {"settings": replace(services.settings, publish_dir=Path.home() / "no-site")},
    }
    told = {"trust-purpose": b"EMPTY:SIGNING,TIMESTAMP", "trust-list": b"STALE_LIST:XT", "publication": b"MISSING"}
    answer = readyz(None, replace(services, **changed[missing]))  # type: ignore[arg-type]
    assert answer.status_code == 503
    assert told.get(missing, b"") in bytes(answer.body)
    assert b"/tmp" not in bytes(answer.body)
    assert str(Path.home()).encode() not in bytes(answer.body)


def replace_trouble(trouble: str | None) -> Any:
    keeper = Housekeeping(())
    keeper.trouble = trouble
    return keeper
