"""Homes and their modes: a demonstration removes only itself, and production knows no specimen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conformance.judges import openssl
from tests.journeys.told import Ended, Told, vidimus

pytestmark = pytest.mark.journey

VERIFY_URL = {"VIDIMUS_VERIFY_URL": "https://verify.thi-du.gov.vn"}


def found(home: Path, mode: str) -> Path:
    ended = vidimus("db", "init", "--mode", mode, home=home, folder=home.parent)
    assert ended.exit_code == 0, ended.stderr
    return home


def clean(home: Path) -> Ended:
    return vidimus("demo", "--clean", "--home", home, folder=home.parent)


def test_cleaning_removes_a_home_marked_demo(tmp_path: Path) -> None:
    home = found(tmp_path / "home", "demo")
    assert clean(home).exit_code == 0
    assert not home.exists()


@pytest.mark.matrix
def test_cleaning_where_nothing_is_does_nothing(tmp_path: Path) -> None:
    assert clean(tmp_path / "nothing").exit_code == 0


@pytest.mark.parametrize("mode", [pytest.param("training", marks=pytest.mark.matrix), "production"])
def test_cleaning_refuses_a_home_of_another_mode(tmp_path: Path, mode: str) -> None:
    home = found(tmp_path / "home", mode)
    before = sorted(home.rglob("*"))
    assert clean(home).exit_code == 9
    assert sorted(home.rglob("*")) == before


@pytest.mark.matrix
def test_cleaning_refuses_a_folder_that_is_no_home(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "wedding.jpg").write_bytes(b"irreplaceable")
    assert clean(folder).exit_code == 9
    assert (folder / "wedding.jpg").read_bytes() == b"irreplaceable"


@pytest.mark.matrix
def test_demonstration_never_starts_in_a_training_home(tmp_path: Path) -> None:
    home = found(tmp_path / "home", "training")
    ended = vidimus("demo", "--once", "--yes", "--home", home, folder=tmp_path)
    assert ended.exit_code == 9


@pytest.mark.matrix
def test_mode_of_a_home_is_never_written_twice(tmp_path: Path) -> None:
    home = found(tmp_path / "home", "training")
    ended = vidimus("db", "init", "--mode", "demo", home=home, folder=tmp_path)
    assert ended.exit_code == 9


@pytest.mark.matrix
def test_home_is_never_founded_without_a_stated_mode(tmp_path: Path) -> None:
    ended = vidimus("db", "init", home=tmp_path / "home", folder=tmp_path)
    assert (ended.exit_code, (tmp_path / "home").exists()) == (2, False)


NOT_PUBLIC = ("http://verify.thi-du.gov.vn", "https://127.0.0.1", "https://server.local")


@pytest.mark.parametrize(
    "address", [None, "https://10.0.0.7", *(pytest.param(one, marks=pytest.mark.matrix) for one in NOT_PUBLIC)]
)
def test_production_starts_only_with_a_public_verification_address(tmp_path: Path, address: str | None) -> None:
    home = found(tmp_path / "home", "production")
    settings = {"VIDIMUS_VERIFY_URL": address} if address else {}
    ended = vidimus("serve", home=home, folder=tmp_path, settings=settings)
    assert ended.exit_code == 9
    assert "VIDIMUS_VERIFY_URL" in ended.stderr


def test_production_refuses_the_keys_of_a_demonstration(told: Told, tmp_path: Path) -> None:
    home = found(tmp_path / "home", "production")
    for file in (told.home / "keys").iterdir():
        if not (home / "keys" / file.name).exists():
            shutil.copy(file, home / "keys")
    ended = vidimus("key", "list", home=home, folder=tmp_path, settings=VERIFY_URL)
    assert ended.exit_code == 31, ended.stdout + ended.stderr


@pytest.mark.matrix
def test_production_refuses_the_roots_of_a_demonstration(told: Told, tmp_path: Path) -> None:
    home = found(tmp_path / "home", "production")
    shutil.copytree(told.trust, home / "trust", dirs_exist_ok=True)
    ended = vidimus("verify", told.copies[0], home=home, folder=tmp_path, settings=VERIFY_URL)
    assert ended.exit_code == 31, ended.stdout + ended.stderr


def test_copy_of_a_demonstration_is_never_confirmed_in_production(told: Told, tmp_path: Path) -> None:
    home = found(tmp_path / "home", "production")
    subject, places = (
        "/CN=Another Root",
        ("-keyout", str(tmp_path / "key.pem"), "-out", str(home / "trust" / "root.pem")),
    )
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", subject, *places)
    ended = vidimus("verify", told.copies[0], "--format", "json", home=home, folder=tmp_path, settings=VERIFY_URL)
    assert ended.exit_code == 21, ended.stdout + ended.stderr
    assert "SPECIMEN" in ended.answer["warnings"]


@pytest.mark.matrix
def test_approving_without_asking_is_refused_in_production(told: Told, tmp_path: Path) -> None:
    home = found(tmp_path / "home", "production")
    scan = told.scans / "birth-certificate.jpg"
    order = ("certify", scan, "--out-dir", tmp_path / "out", "--holder", "000000000001", "--as", "can-bo", "--yes")
    ended = vidimus(*order, home=home, folder=tmp_path, settings=VERIFY_URL)
    assert ended.exit_code == 30, ended.stderr
    assert not (tmp_path / "out").exists()
