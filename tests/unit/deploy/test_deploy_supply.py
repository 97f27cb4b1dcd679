"""What is installed is listed, audited where that can be done, built again to the same bytes, and signed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from docs.sbom import sbom
from tests import check_audit

TREE = Path(__file__).resolve().parents[3]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE", "api", "certify", "dossiers", "fonts", "guard", "keys")
SOURCES += ("ocr", "samples", "signing", "vault")


def bill() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(sbom())
    return told


def test_the_bill_lists_every_locked_package_with_its_digests() -> None:
    lock = (TREE / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==", lock, re.MULTILINE))
    components = bill()["components"]
    assert {one["name"] for one in components} == pinned
    digests = [entry["value"] for one in components for entry in one["properties"]]
    assert len(digests) == len(re.findall(r"--hash=sha256:", lock))
    assert sum("licenses" in one for one in components) > 0.9 * len(components)


def test_the_bill_is_in_the_form_of_cyclonedx() -> None:
    told = bill()
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    references = [one["bom-ref"] for one in told["components"]] + [told["metadata"]["component"]["bom-ref"]]
    assert len(references) == len(set(references))
    for one in told["dependencies"]:
        assert {one["ref"], *one["dependsOn"]} <= set(references)
    (own,) = [one for one in told["dependencies"] if one["ref"] == "vidimus"]
    assert any("fastapi" in ref for ref in own["dependsOn"])
    assert sbom() == sbom()


@pytest.mark.slow
def test_an_audit_that_reaches_nobody_says_so_and_does_not_look_like_a_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"idna==3.10 --hash=sha256:{'0' * 64}\n")
    # Nothing listens there: the way out of a machine that has none.
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    code, text = check_audit.audit(lock, "--cache-dir", str(tmp_path / "cache"))
    assert (code, "NOT AUDITED" in text) == (0, True), text


@pytest.mark.slow
def test_two_builds_of_the_wheel_are_the_same_bytes(tmp_path: Path) -> None:
    digests = set()
    for number, moment in enumerate((1_000_000_000, 1_700_000_000)):
        source, out = tmp_path / f"copy-{number}" / ("deep" * number) / "src", tmp_path / f"out-{number}"
        source.mkdir(parents=True)
        for name in SOURCES:
            place = TREE / name
            if place.is_dir():
                shutil.copytree(place, source / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(place, source / name)
        for path in source.rglob("*"):
            os.utime(path, (moment, moment))
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
        environment = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": "1764374400", "PYTHONHASHSEED": str(number)}
        subprocess.run(command, cwd=source, check=True, capture_output=True, env=environment)
        (wheel,) = out.glob("*.whl")
        digests.add(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert len(digests) == 1


@pytest.mark.matrix
def test_a_release_is_signed_and_an_altered_one_is_refused(tmp_path: Path) -> None:
    clone, key = tmp_path / "clone", tmp_path / "release.pem"
    left_out = shutil.ignore_patterns(".venv", ".git", "__pycache__", "var", "dist", ".*_cache", "node_modules")
    shutil.copytree(TREE, clone, ignore=left_out)
    who = ["-c", "user.name=release", "-c", "user.email=release@localhost"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "release"]):
        subprocess.run(["git", *words], cwd=clone, check=True, capture_output=True)
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True)
    environment = os.environ | {"PYTHON": sys.executable}
    ran = subprocess.run(
        [clone / "deploy" / "release.sh", key, tmp_path / "dist"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert ran.returncode == 0, ran.stderr
    public, dist = tmp_path / "release.pub", tmp_path / "dist"
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True)
    verify = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-in", "SHA256SUMS"]
    verify += ["-sigfile", "SHA256SUMS.sig"]
    assert subprocess.run(verify, cwd=dist, check=False, capture_output=True).returncode == 0
    sums = dist / "SHA256SUMS"
    sums.write_text(sums.read_text().replace("a", "b", 1))
    assert subprocess.run(verify, cwd=dist, check=False, capture_output=True).returncode != 0
