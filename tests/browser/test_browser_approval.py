"""Approving at the counter without a PIN on the page: by a passkey, and by a token in the officer's own machine."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page

from api.agent import AgentDesk, AgentServer, Pinned, ShownDocument
from api.agent.token import Pkcs11InHand
from api.clock import SystemClock
from api.demo.office import OFFICER_LOGIN
from api.messages import load_messages
from certify import ItemState
from keys import Pin
from tests.accessibility import violations
from tests.officer_keys import PASSPHRASE, chain_of, guarded_key, key_in_hand
from tests.running import Running
from tests.small_paper import small_scan
from tests.soft_tokens import Reader, a_reader
from tests.unit.api.test_api_approving_pages import register
from tests.visitors import Authenticator, Visit, Visitor, listen

# A search that meets a lost session is finished once more by the library's own finaliser, which then complains.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. 'pkcs11:pytest.PytestUnraisableExceptionWarning")
AGENT = "http://127.0.0.1:8756"
CERTIFIED = "đã được chứng thực và vào kho"


def prepared(running: Running, mark: str) -> str:
    with running.officer() as officer:
        item_id: str = running.prepare(officer, running.read_draft(officer, small_scan(mark=mark)))["item_id"]
    return item_id


def state_of(running: Running, item_id: str) -> ItemState:
    return running.services.pipeline.item(item_id).state


def confirm(page: Page) -> None:
    page.wait_for_load_state("load")
    for box in page.locator("input[name=checklist]").all():
        box.check()


def with_passkey(officer: Visitor) -> Authenticator:
    """Come in and make a passkey on the account page."""
    listen(officer)
    device = Authenticator(officer.context, officer.page)
    officer.sign_in(OFFICER_LOGIN)
    officer.go("/staff/account")
    officer.page.get_by_role("button", name="Thêm khóa truy cập").click()
    officer.page.wait_for_selector("form[action='/staff/account/passkeys/remove']")
    return device


def test_an_officer_approves_with_a_passkey_and_opens_the_next(
    chromium: Browser, by_name: Running, running: Running
) -> None:
    first, second = prepared(running, "passkey1"), prepared(running, "passkey2")
    context = chromium.new_context(locale="vi-VN")
    page = context.new_page()
    officer = Visitor(by_name, context, page, allowed_statuses={409})
    device = with_passkey(officer)
    with guarded_key(running):
        officer.go(f"/staff/items/{first}")
        assert page.locator("#pin").count() == 0
        assert violations(page) == []
        approve = page.get_by_role("button", name="Duyệt và ký bằng khóa truy cập")
        # (1) Nothing is asked before every line is confirmed.
        approve.click()
        assert page.locator("[data-failed]").is_hidden()
        # (2) Whose finger is not recognised signs nothing, and may try again.
        confirm(page)
        device.knows_its_user(known=False)
        approve.click()
        page.locator("[data-failed]").wait_for(timeout=90_000)
        assert state_of(running, first) is ItemState.PREPARED
        # (3) Another file than the one that was shown is refused in its sentence.
        device.knows_its_user(known=True)
        page.evaluate("document.querySelector('input[name=sha256_hex]').value = '0'.repeat(64)")
        approve.click()
        page.get_by_role("alert").wait_for()
        assert "READY_COPY_CHANGED" in page.get_by_role("alert").inner_text()
        assert state_of(running, first) is ItemState.PREPARED
        # (4) By one key, and the next one opens.
        confirm(page)
        page.locator("input[name=checklist]").last.focus()
        page.keyboard.press("Control+Enter")
        page.wait_for_url(re.compile(rf"/staff/items/{second}\?signed={first}"), timeout=60_000)
        assert CERTIFIED in page.locator(".note.good").first.inner_text()
        assert state_of(running, first) is ItemState.CERTIFIED
        # (5) And by the button, to the certified copy.
        confirm(page)
        page.get_by_role("button", name="Duyệt và ký bằng khóa truy cập").click()
        page.get_by_role("heading", name=CERTIFIED).wait_for(timeout=60_000)
        with page.expect_download() as download:
            page.get_by_role("link", name="Tải bản sao (PDF)").click()
        assert download.value.path().read_bytes().startswith(b"%PDF-")
    assert officer.complaints == []
    context.close()


def test_without_scripts_the_page_says_what_a_passkey_needs(visit: Visit, running: Running) -> None:
    with running.officer() as client:
        register(client)
    item_id = prepared(running, "no-script")
    with guarded_key(running):
        officer = visit(login=OFFICER_LOGIN, script=False)
        officer.go(f"/staff/items/{item_id}")
        assert officer.page.get_by_text("bước này cần JavaScript").is_visible()
        assert not officer.page.locator("form[data-passkey]").is_visible()
        assert not officer.is_too_wide()


class InFront:
    """The officer in front of the agent: looks, and types the PIN that is right, wrong or nothing."""

    def __init__(self) -> None:
        self.pin: Pin | None = None
        self.seen: list[ShownDocument] = []

    def approve(self, documents: Sequence[ShownDocument]) -> Pin | None:
        self.seen.extend(documents)
        return self.pin


@contextmanager
def agent_of(reader: Reader, person: InFront, origin: str) -> Iterator[None]:
    """The agent on the officer's machine, on the port that the pages know."""
    desk = AgentDesk(Pkcs11InHand(reader.keys(), uri=None), person, clock=SystemClock())
    messages = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))
    server = AgentServer(desk, pinned=Pinned(frozenset({origin})), port=8756, messages=messages)
    with server.running():
        yield


def test_an_officer_approves_with_the_token_beside_the_browser(
    visit: Visit, running: Running, tmp_path_factory: pytest.TempPathFactory
) -> None:
    item_id, waiting = prepared(running, "token1"), prepared(running, "token2")
    with key_in_hand(running) as issued, a_reader(tmp_path_factory.mktemp("reader")) as reader:
        token = reader.make_token(issued, issued_pin=Pin(PASSPHRASE), chain=chain_of(running))
        officer, person = visit(login=OFFICER_LOGIN), InFront()
        officer.beside, officer.allowed_statuses = (AGENT,), {403}
        page = officer.page
        officer.go(f"/staff/items/{item_id}")
        approve = page.get_by_role("button", name="Duyệt và ký bằng thiết bị")
        assert violations(page) == []
        number = page.locator("dt:text-is('Số chứng thực') + dd").inner_text()
        # (1) No agent: said so, nothing is signed, and the number is kept.
        confirm(page)
        approve.click()
        page.get_by_text("Không có trình ký trả lời ở máy này").wait_for(timeout=60_000)
        with agent_of(reader, person, running.base_url):
            # (2) The officer says no at the agent.
            approve.click()
            page.get_by_text("Người ký đã từ chối ở trợ lý thiết bị ký.").wait_for(timeout=60_000)
            assert state_of(running, item_id) is ItemState.AWAITING_SIGNATURE
            assert person.seen[-1].name
            # (3) The officer looks and types the PIN there.
            person.pin = Pin(token.pin)
            officer.go(f"/staff/items/{item_id}")
            assert page.locator("dt:text-is('Số chứng thực') + dd").inner_text() == number
            confirm(page)
            page.get_by_role("button", name="Ký và mở việc tiếp theo").click()
            page.wait_for_url(re.compile(rf"\?signed={item_id}"), timeout=60_000)
            assert CERTIFIED in page.locator(".note.good").first.inner_text()
            # (4) A token that is not there signs nothing.
            officer.go(f"/staff/items/{waiting}")
            reader.pull_out()
            confirm(page)
            page.get_by_role("button", name="Duyệt và ký bằng thiết bị").click()
            page.get_by_text("Không thấy thiết bị ký có khóa ký").wait_for(timeout=60_000)
            assert state_of(running, waiting) is ItemState.AWAITING_SIGNATURE
            shutil.rmtree(reader.folder / "tokens")
            (reader.folder / "tokens").mkdir()
            reader.put_back()
            # (5) The trial of the same token.
            officer.go("/staff/token")
            page.get_by_role("button", name="Thử thiết bị").click()
            page.get_by_text("Khóa ký được, và là khóa của anh chị.").first.wait_for(timeout=60_000)
