"""`vidimus audit`: the static site is written whole, signed, checked, and replaces only a site."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import CommandLine

pytestmark = pytest.mark.slow


@pytest.fixture
def site(office_line: CommandLine, tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    published = office_line.run("audit", "publish", folder, "--format", "json")
    assert published.exit_code == 0, published.err
    assert (published.json["copies"], published.json["folder"]) == (0, str(folder))
    return folder


def test_site_is_intact_as_published_and_may_be_published_again(office_line: CommandLine, site: Path) -> None:
    checked = office_line.run("audit", "check", site)
    assert (checked.exit_code, "Intact" in checked.out) == (0, True), checked.err
    assert office_line.run("audit", "publish", site).exit_code == 0
    assert sorted(path.name for path in site.parent.iterdir() if "site" in path.name) == ["site"]
    names = {path.name for path in site.iterdir()}
    assert {"index.html", "en.html", "fr.html", "verifier.js", "trust-bundle.json", "manifest.sig", "log"} <= names
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in site.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["verifier.js", "index.html", "trust-bundle.json", "status/all.js", "manifest.json"])
def test_file_changed_after_publication_is_found(office_line: CommandLine, site: Path, name: str) -> None:
    bundle = site.parent / "trusted.json"
    bundle.write_bytes((site / "trust-bundle.json").read_bytes())
    (site / name).write_bytes((site / name).read_bytes() + b" ")
    checked = office_line.run("audit", "check", site, "--trust", bundle)
    assert (checked.exit_code, "altered" in checked.err) == (20, True), checked.err


def test_site_of_another_office_is_not_taken_for_ours(office_line: CommandLine, site: Path, tmp_path: Path) -> None:
    bundle = (site / "trust-bundle.json").read_text()
    start = bundle.index('"manifest_key": "') + len('"manifest_key": "')
    other = tmp_path / "other.json"
    other.write_text(bundle[:start] + ("A" * 43 + "=") + bundle[start + 44 :])
    assert office_line.run("audit", "check", site, "--trust", other).exit_code == 20


def test_folder_with_something_else_in_it_is_left_alone(office_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "letter.txt").write_text("dear")
    assert office_line.run("audit", "publish", tmp_path / "papers").exit_code == 2
    assert (tmp_path / "papers" / "letter.txt").read_text() == "dear"


def test_page_allows_no_connection_and_no_script_from_elsewhere(site: Path) -> None:
    page = (site / "index.html").read_text()
    for directive in ("default-src 'none'", "script-src 'self'", "connect-src 'none'", "form-action 'none'"):
        assert f"{directive};" in page
    assert "http://" not in page
    assert "https://" not in page


def test_proof_of_a_code_that_nobody_certified_is_not_written(office_line: CommandLine, tmp_path: Path) -> None:
    assert office_line.run("audit", "proof", "7VK8SMJCMTDBA", tmp_path / "x.proof").exit_code != 0
    assert not (tmp_path / "x.proof").exists()
