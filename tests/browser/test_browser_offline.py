"""The static verification site from a disk, without a server: with a proof, without one, altered, stale."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from api.acts.proofs import proof_of_code
from api.publication import publish_site
from tests.accessibility import violations
from tests.loopback import served_folder
from tests.running import Running
from tests.visitors import DESK, PHONE
from vault import RegisterStatus, parse_code, set_status


@dataclass(frozen=True)
class Given:
    """A certified copy with its proof, and a site that lists it."""

    running: Running
    code: str
    pdf: Path
    proof: Path
    site: Path


@pytest.fixture(scope="module")
def given(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Given:
    folder = tmp_path_factory.mktemp("bank")
    with running.officer() as officer, running.citizen() as citizen:
        running.certify(officer)
        record_id = citizen.get("/citizen").text.split("/citizen/records/")[1][:26]
        content = citizen.get(f"/citizen/records/{record_id}/paper.pdf").content
    claim = re.search(rb"<vdm:code>([^<]+)</vdm:code>", content)
    assert claim is not None
    code = parse_code(claim.group(1).decode())
    (folder / "copy.pdf").write_bytes(content)
    running.services.publish_log()
    (folder / "copy.proof").write_bytes(proof_of_code(running.services, code))
    publish_site(running.services, folder / "site", lives=timedelta(days=7))
    return Given(running, code, folder / "copy.pdf", folder / "copy.proof", folder / "site")


def answer(
    chromium: Browser, site: Path, *files: Path, width: int = DESK, page_name: str = "index.html"
) -> tuple[str, str, str]:
    """Tone, sentence and why; whatever the console complains about fails the test."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale="vi-VN")
    page: Page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith("file://") else complaints.append(request.url))
    page.goto((site / page_name).as_uri())
    page.set_input_files("#files", list(files))
    page.locator("#answer:not([hidden])").wait_for()
    complaints += violations(page)
    tone = (page.locator("#answer").get_attribute("class") or "").removeprefix("verdict ")
    told = tone, page.locator("#sentence").inner_text(), page.locator("#why").inner_text()
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    context.close()
    assert complaints == []
    return told


def test_copy_with_its_proof_is_unchanged_and_in_force_without_any_network(chromium: Browser, given: Given) -> None:
    tone, sentence, why = answer(chromium, given.site, given.pdf, given.proof)
    assert tone == "good"
    assert sentence.startswith("MẪU – SPECIMEN, không dùng thật. Không thay đổi từ ")
    assert "UBND phường Thí Dụ" in why
    assert answer(chromium, given.site, given.pdf, given.proof, page_name="en.html", width=PHONE)[0] == "good"


def test_site_that_was_visited_once_answers_with_the_network_cut_and_asks_for_nothing(
    chromium: Browser, given: Given
) -> None:
    context = chromium.new_context(viewport={"width": PHONE, "height": 900}, locale="vi-VN")
    page = context.new_page()
    with served_folder(given.site) as base_url:
        page.goto(f"{base_url}/en.html")
        page.locator("#kept:not([hidden])").wait_for()
        assert page.locator("link[rel=manifest]").get_attribute("href") == "site.webmanifest"
    # The server is gone, and the network besides: the worker alone can answer.
    context.set_offline(True)
    asked: list[str] = []
    context.on("requestfailed", lambda request: asked.append(request.url))
    page.goto(f"{base_url}/")
    page.set_input_files("#files", [given.pdf, given.proof])
    page.locator("#answer.good:not([hidden])").wait_for()
    assert page.locator("html").get_attribute("lang") == "vi"
    unchecked = page.locator("#open-questions li")
    assert unchecked.count() == 2
    assert "thu hồi" in unchecked.last.inner_text()
    assert asked == []
    context.close()


def test_file_alone_is_never_green(chromium: Browser, given: Given) -> None:
    tone, sentence, why = answer(chromium, given.site, given.pdf, width=PHONE)
    assert (tone, "Chưa xác định" in sentence) == ("warn", True)
    assert "nơi cấp đã biết" in why


def test_changed_file_is_red_with_a_proof_and_without(chromium: Browser, given: Given, tmp_path: Path) -> None:
    content = bytearray(given.pdf.read_bytes())
    content[len(content) // 3] ^= 1
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(content)
    assert answer(chromium, given.site, changed, given.proof)[0] == "bad"
    assert answer(chromium, given.site, changed)[0] == "bad"


@pytest.mark.parametrize("part", ["event", "salt", "leaf_index", "path", "checkpoint", "no JSON"])
def test_forged_proof_is_red(chromium: Browser, given: Given, tmp_path: Path, part: str) -> None:
    proof = json.loads(given.proof.read_bytes())
    forged = tmp_path / "forged.proof"
    spoiled = {
        "event": proof["event"].replace('"number":', '"number":1'),
        "salt": "AAAA" + proof["salt"][4:],
        "leaf_index": proof["leaf_index"] + 1,
        "path": [*proof["path"], proof["salt"]],
        "checkpoint": proof["checkpoint"].replace("\n", "0\n", 2).replace("0\n", "\n", 1),
    }
    text = "no" if part == "no JSON" else json.dumps(proof | {part: spoiled[part]})
    assert text != json.dumps(proof)
    forged.write_text(text)
    assert answer(chromium, given.site, given.pdf, forged)[0] == "bad"


def test_altered_data_of_the_site_confirms_nothing(chromium: Browser, given: Given, tmp_path: Path) -> None:
    altered = tmp_path / "site"
    given_site = given.site
    altered.mkdir()
    for file in given_site.rglob("*"):
        if file.is_file():
            (altered / file.relative_to(given_site)).parent.mkdir(parents=True, exist_ok=True)
            (altered / file.relative_to(given_site)).write_bytes(file.read_bytes())
    script = altered / "status" / "all.js"
    script.write_text(script.read_text().replace("CURRENT", "UNKNOWN"))
    assert answer(chromium, altered, given.pdf, given.proof)[0] == "warn"
    script.write_bytes((given_site / "status" / "all.js").read_bytes())
    data = altered / "data.js"
    due = datetime.now(UTC).year
    data.write_text(data.read_text().replace(f'\\"next_update\\": \\"{due}', f'\\"next_update\\": \\"{due + 9}'))
    assert answer(chromium, altered, given.pdf, given.proof)[0] == "warn"


def test_stale_list_is_amber_and_dated(chromium: Browser, given: Given, tmp_path: Path) -> None:
    publish_site(given.running.services, tmp_path / "site", lives=timedelta(seconds=0))
    tone, _, why = answer(chromium, tmp_path / "site", given.pdf, given.proof)
    assert tone == "warn"
    assert "quá hạn" in why


def test_annulled_copy_is_red_though_its_proof_holds(chromium: Browser, given: Given, tmp_path: Path) -> None:
    services = given.running.services
    with services.database.transaction() as tx:
        set_status(
            tx, given.code, at=services.clock.now(), register=RegisterStatus.ANNULLED, decision_number="7/QĐ-UBND"
        )
    publish_site(services, tmp_path / "site", lives=timedelta(days=7))
    tone, _, why = answer(chromium, tmp_path / "site", given.pdf, given.proof)
    assert (tone, "hủy bỏ" in why) == ("bad", True)
