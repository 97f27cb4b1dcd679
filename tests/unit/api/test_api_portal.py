"""The national portal is told how far a dossier is: ten codes, the portal's field names, in order, at least once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import dossiers.tables  # noqa: F401 - a status is about a dossier
from api.delivery.opening import PostRoom, open_courier
from api.errors import BadSetting
from api.messages import load_messages
from api.outside.portal import SandboxPortal, open_portal
from api.settings import read_settings
from dossiers import load_portal_form
from dossiers.portal import read_portal_form
from keys import AuthorityAnswer
from tests.databases import database  # noqa: F401 - a fixture
from tests.loopback import serve_on_loopback
from tests.vault_town import AGENCY, Town, build_town
from vault.database import Database
from vault.delivery import Channel, DeliveryState, list_deliveries
from vault.outbox import Message, put

HOLDER = "the-citizen-of-the-dossier"
# Each has a database and a portal of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

FORM = load_portal_form("vn")


@dataclass
class PortalHost:
    """What the portal answers, and what it was told."""

    statuses: list[int] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, _method: str, _path: str, _media_type: str, body: bytes) -> AuthorityAnswer:
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.told.append(json.loads(body))
        return AuthorityAnswer(status, "application/json", b"{}")


@dataclass
class Counter:
    """An office that moves dossiers, and its portal."""

    town: Town
    portal: PortalHost
    room: PostRoom

    def happens(self, topic: str, key: str, **payload: str) -> None:
        told = {"submission": "S1", "holder": HOLDER, "recipient": AGENCY, **payload}
        with self.town.database.transaction() as tx:
            put(tx, Message(topic, key, told), at=self.town.at)
        self.town.clock.advance(timedelta(seconds=1))

    def round(self) -> int:
        return open_courier(self.room).round()

    def codes(self) -> list[str]:
        return [one["trangThai"] for one in self.portal.told]


@pytest.fixture
def counter(tmp_path: Path, database: Database) -> Iterator[Counter]:  # noqa: F811 - a fixture by its name
    town, portal, token = build_town(tmp_path, database), PortalHost(), tmp_path / "token"
    token.write_text("our token\n")
    token.chmod(0o600)
    with serve_on_loopback(portal.answer) as port:
        settings = read_settings(
            {
                "VIDIMUS_HOME": str(tmp_path),
                "VIDIMUS_PORTAL": f"http://127.0.0.1:{port}/status",
                "VIDIMUS_PORTAL_TOKEN_FILE": str(token),
                "VIDIMUS_PRIVATE_SERVICES": "1",
            }
        )
        messages = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))
        room = PostRoom(settings, database, town.vault, messages, town.clock, town.random_bytes, is_specimen=False)
        yield Counter(town, portal, room)


def go_all_the_way(counter: Counter) -> None:
    counter.happens("submission.filed", "S1")
    counter.happens("submission.moved", "S1:RECEIVE", step="RECEIVE")
    counter.happens("submission.answered", "S1:birth", requirement="birth", answer="REJECTED")
    counter.happens("submission.answered", "S1:residence", requirement="residence", answer="ACCEPTED")
    for step in ("TRANSFER", "RESOLVE", "RETURN"):
        counter.happens("submission.moved", f"S1:{step}", step=step)


def test_a_dossier_is_told_from_filing_to_return_in_the_portals_words(counter: Counter) -> None:
    go_all_the_way(counter)
    counter.round()
    assert counter.codes() == ["1", "2", "5", "4", "4", "10"]
    first = next(one for one in counter.portal.told if one["trangThai"] == "1")
    assert first | {"maGiaoDich": "", "thoiDiem": ""} == {
        "maGiaoDich": "",
        "maHoSo": "S1",
        "maDonVi": AGENCY,
        "trangThai": "1",
        "tenTrangThai": "Mới đăng ký",
        "thoiDiem": "",
    }
    # Whose dossier it is, the portal is not told.
    assert HOLDER not in json.dumps(counter.portal.told)
    assert counter.round() == 0


def test_codes_that_stand_beside_the_steps_are_told_as_they_are(counter: Counter) -> None:
    counter.happens("submission.filed", "S1")
    for number, status in enumerate(("3", "6", "7", "8", "9"), start=2):
        counter.happens("submission.status", f"S1:{number}", status=status)
    counter.round()
    assert counter.codes() == ["1", "3", "6", "7", "8", "9"]
    assert [one["tenTrangThai"] for one in counter.portal.told][1] == "Không được tiếp nhận"


def test_statuses_arrive_in_their_order_although_one_was_tried_twice(counter: Counter) -> None:
    counter.portal.statuses = [503]
    for step, key in (("", "submission.filed"), ("RECEIVE", "submission.moved"), ("TRANSFER", "submission.moved")):
        counter.happens(key, f"S1:{step}", **({"step": step} if step else {}))
        counter.round()
    assert counter.codes() == []
    for _ in range(4):
        counter.town.clock.advance(timedelta(minutes=3))
        counter.round()
    assert counter.codes() == ["1", "2", "4"]


def test_a_dossier_that_does_not_get_through_does_not_hold_another(counter: Counter) -> None:
    counter.portal.statuses = [503]
    counter.happens("submission.filed", "S1")
    counter.round()
    counter.happens("submission.filed", "S2", submission="S2")
    counter.round()
    assert [one["maHoSo"] for one in counter.portal.told] == ["S2"]


def test_what_the_portal_refuses_for_good_is_parked_with_its_code(counter: Counter) -> None:
    counter.portal.statuses = [400]
    counter.happens("submission.filed", "S1")
    counter.round()
    with counter.town.database.read() as tx:
        (parked,) = list_deliveries(tx, channels=[Channel.PORTAL])
    assert (parked.state, parked.last_code) == (DeliveryState.DEAD, "HTTP_400")


def test_the_sandbox_writes_what_it_is_told_and_says_what_it_is(counter: Counter) -> None:
    settings = replace(counter.room.settings, portal=replace(counter.room.settings.portal, place="sandbox"))
    sandbox = replace(counter.room, settings=settings, is_specimen=True)
    counter.happens("submission.filed", "S1")
    open_courier(sandbox).round()
    lines = (settings.home / "sandbox" / "portal.ndjson").read_text(encoding="utf-8").splitlines()
    (told,) = [json.loads(line) for line in lines]
    assert (told["sandbox"], told["maHoSo"], told["trangThai"]) == (True, "S1", "1")
    with pytest.raises(BadSetting, match="sandbox"):
        open_courier(replace(sandbox, is_specimen=False))


def test_a_portal_without_a_token_or_in_clear_does_not_open(counter: Counter) -> None:
    settings = counter.room.settings
    with pytest.raises(BadSetting, match="TOKEN_FILE"):
        open_portal(replace(settings, portal=replace(settings.portal, token_file=None)), FORM, is_specimen=False)
    with pytest.raises(BadSetting, match="https"):
        open_portal(replace(settings, services_may_be_private=False), FORM, is_specimen=False)
    nothing = replace(settings, portal=replace(settings.portal, place=""))
    assert open_portal(nothing, FORM, is_specimen=False) is None
    assert isinstance(SandboxPortal(Path("x"), FORM).form.statuses[10]["fr"], str)


@pytest.mark.parametrize(
    "gap",
    [
        {"statuses": {1: {"vi": "a", "en": "b", "fr": "c"}}},
        {"steps": {"GUIDE": 1}},
        {"rejected_item": 11},
        {"fields": {"submission_id": "maHoSo"}},
    ],
)
def test_a_form_with_a_gap_does_not_load(gap: dict[str, Any]) -> None:
    whole = {
        "form": FORM.form,
        "statuses": {code: dict(names) for code, names in FORM.statuses.items()},
        "steps": {step.value: code for step, code in FORM.steps.items()},
        "rejected_item": FORM.rejected_item,
        "fields": dict(FORM.fields),
    }
    assert read_portal_form(whole) == FORM
    with pytest.raises(ValueError, match=r"code|step|field"):
        read_portal_form(whole | gap)
