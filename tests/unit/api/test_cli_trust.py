"""`vidimus trust`: lists come in only when they may be relied on, and a bundle judges elsewhere."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keys import Mode, load_trust_folder, read_trust_bundle
from tests.attack.make_signed import make_signed_copy
from tests.command_line import CommandLine
from tests.office import Office
from tests.trusted_lists import FOR_SEALS, ListFacts, Publisher, Service, write_list

pytestmark = pytest.mark.slow
# The command line lives in the present.
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def publisher() -> Publisher:
    return Publisher(at=NOW)


def put(folder: Path, publisher: Publisher, *, name: str = "list.xml", **changes: object) -> tuple[Path, Path]:
    """A signed list and its publisher's certificate as files."""
    facts = ListFacts((Service(publisher.der, uses=(FOR_SEALS,)),), NOW - timedelta(days=1), **changes)  # type: ignore[arg-type]
    (folder / name).write_bytes(publisher.sign(write_list(facts)))
    (folder / "publisher.pem").write_bytes(publisher.pem)
    return folder / name, folder / "publisher.pem"


def test_list_is_imported_shown_renewed_and_dropped(
    office_line: CommandLine, tmp_path: Path, publisher: Publisher
) -> None:
    xml, signer = put(tmp_path, publisher)
    first = office_line.run("trust", "import", xml, "--signer", signer, "--format", "json")
    assert (first.exit_code, first.json["territory"], first.json["services"]) == (0, "XT", 1), first.err
    shown = office_line.run("trust", "list", "--format", "json").json
    assert [(one["territory"], one["stale"]) for one in shown["lists"]] == [("XT", False)]
    assert {tuple(root["purposes"]) for root in shown["roots"]} == {("SEAL",), ("SEAL", "SIGNING", "TIMESTAMP")}
    # (1) the next one needs no certificate, (2) an older one changes nothing
    newer, _ = put(tmp_path, publisher, sequence=8, name="newer.xml")
    assert office_line.run("trust", "import", newer).exit_code == 0
    refused = office_line.run("trust", "import", xml)
    assert refused.exit_code == 1
    assert "does not follow" in refused.err
    assert office_line.run("trust", "list", "--format", "json").json["lists"][0]["sequence_number"] == 8
    assert "XT 8" in office_line.run("trust", "list").out
    assert office_line.run("trust", "drop", "XT").exit_code == 0
    assert office_line.run("trust", "list", "--format", "json").json["lists"] == []
    assert office_line.run("trust", "drop", "XT").exit_code == 2


def test_list_without_its_publishers_certificate_is_refused(
    office_line: CommandLine, tmp_path: Path, publisher: Publisher
) -> None:
    xml, _ = put(tmp_path, publisher)
    answer = office_line.run("trust", "import", xml)
    assert answer.exit_code == 1
    assert not (office_line.home / "trust" / "lists").exists()


@pytest.mark.matrix
def test_publisher_of_one_territory_cannot_replace_the_list_of_another(
    office_line: CommandLine, tmp_path: Path, publisher: Publisher
) -> None:
    xml, signer = put(tmp_path, publisher)
    office_line.run("trust", "import", xml, "--signer", signer)
    (tmp_path / "other").mkdir()
    stranger = Publisher("Other territory", at=NOW)
    theirs, their_signer = put(tmp_path / "other", stranger, territory="YT")
    assert office_line.run("trust", "import", theirs, "--signer", their_signer).exit_code == 0
    forged, _ = put(tmp_path / "other", stranger, territory="XT", sequence=99)
    assert office_line.run("trust", "import", forged).exit_code == 1


def test_address_that_nobody_configured_is_not_asked(office_line: CommandLine, tmp_path: Path) -> None:
    answer = office_line.run("trust", "import", "http://127.0.0.1:9/list.xml")
    assert answer.exit_code == 9
    assert "VIDIMUS_TRUSTED_LIST_URLS" in answer.err


def test_exported_bundle_holds_the_anchors_and_no_secret(office_line: CommandLine, tmp_path: Path) -> None:
    bundle = tmp_path / "trust.json"
    assert office_line.run("trust", "export", bundle).exit_code == 0
    found = read_trust_bundle(bundle)
    assert found.anchors == load_trust_folder(office_line.home / "trust", mode=Mode.DEMO)
    assert len(found.log_key_raw) == len(found.manifest_key_raw) == 32
    assert "PRIVATE" not in bundle.read_text()
    assert found.agencies["THIDU"]["vi"] == "UBND phường Thí Dụ"


@pytest.mark.matrix
def test_file_is_judged_with_a_bundle_alone(command_line: CommandLine, office: Office, tmp_path: Path) -> None:
    copy = make_signed_copy(office)
    pdf, bundle = tmp_path / "copy.pdf", tmp_path / "trust.json"
    pdf.write_bytes(copy.pdf)
    record = {
        "format": "vidimus-trust-1", "mode": "demo", "issued_at": NOW.isoformat(), "verify_url": "https://x.example",
        "log": {"origin": "x", "key": "AAAA"}, "manifest_key": "AAAA", "agencies": {}, "scopes": [], "lists": [],
        **{name: [_b64(der) for der in getattr(copy.trust, f"{name}_der")] for name in ("roots", "intermediates", "crls")},
    }  # fmt: skip
    bundle.write_text(json.dumps(record))
    answer = command_line.run("verify", pdf, "--trust", bundle, "--at", copy.at.isoformat(), "--format", "json")
    assert (answer.exit_code, answer.json["verdict"]) == (0, "VALID_WITH_WARNING"), answer.err
    bundle.write_text(json.dumps(record | {"format": "something else"}))
    assert command_line.run("verify", pdf, "--trust", bundle).exit_code == 9
    bundle.write_text(json.dumps(record | {"roots": []}))
    assert "no root" in command_line.run("verify", pdf, "--trust", bundle).err


def _b64(der: bytes) -> str:
    return base64.b64encode(der).decode()
