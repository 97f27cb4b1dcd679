"""An issuing system's results by command: added once, replaced, annulled and listed at a server, by the system's own token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from api.cli.exits import Exit
from samples.cast import CAST
from tests.command_line import Answer, CommandLine
from tests.issuing_system import issuing_system, signed_result, unsigned_result
from tests.running import Running

pytestmark = pytest.mark.slow
AN = CAST["an"]
WHOSE = ("--type", "VN.BIRTH_CERT", "--holder", AN.id_number, "--name", AN.name, "--birth-date", AN.born_on.isoformat())
Act = Callable[..., Answer]


@pytest.fixture(scope="module")
def system(running: Running) -> Iterator[httpx.Client]:
    with issuing_system(running, login="he-thong-dong-lenh") as client:
        yield client


@pytest.fixture
def act(running: Running, system: httpx.Client, command_line: CommandLine, tmp_path: Path) -> Act:
    """Run a command as the system, where nothing of the office is but its address."""
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text(str(system.headers["Authorization"]).removeprefix("Bearer "))

    def run(*words: str | Path) -> Answer:
        return command_line.run(*words, "--server", running.base_url, "--token-file", token, "--format", "json")

    return run


@pytest.fixture
def paper(running: Running, tmp_path: Path) -> Path:
    path = tmp_path / "ket-qua.pdf"
    path.write_bytes(signed_result(running))
    return path


def test_a_result_is_added_once_replaced_annulled_and_told_as_the_api_tells_it(
    running: Running, act: Act, system: httpx.Client, paper: Path, tmp_path: Path
) -> None:
    added = act(
        "result", "add", paper, "--reference", "L-1", *WHOSE, "--number", "KS 7/2026", "--issued-on", "2026-11-20"
    )
    assert added.exit_code == 0, added.err
    (result,) = added.json
    assert (result["state"], result["version"], result["assurance_level"]) == ("CURRENT", 1, 4)
    here = f"/v1/results/{result['result_id']}"
    assert result == system.get(here).json()
    with running.citizen("an") as an:
        assert an.get(f"/v1/records/{result['record_id']}").json()["issued_on"] == "2026-11-20"
        assert an.get(f"/v1/records/{result['record_id']}/fields").json()["original_number"] == "KS 7/2026"
    assert act("result", "add", paper, "--reference", "L-1", *WHOSE).json == [result]
    newer = tmp_path / "moi.pdf"
    newer.write_bytes(signed_result(running))
    replaced = act("result", "replace", result["result_id"], newer, "--kind", "EXTRACT_FROM_REGISTER", "--kept-by-law")
    assert (replaced.exit_code, replaced.json[0]["version"]) == (0, 2), replaced.err
    with running.citizen("an") as an:
        kept = [one["record_id"] for one in an.get("/v1/erasure").json()["kept"]]
    assert replaced.json[0]["record_id"] in kept
    ended = act("result", "annul", result["result_id"], "--decision", "45/QĐ-UBND")
    assert (ended.exit_code, ended.json[0]["state"], ended.json[0]["decision_number"]) == (0, "ANNULLED", "45/QĐ-UBND")
    assert act("result", "show", result["result_id"]).json == ended.json == [system.get(here).json()]
    listed = act("result", "list")
    assert ended.json[0] in listed.json


def test_a_list_longer_than_a_page_is_told_whole(
    running: Running, act: Act, system: httpx.Client, tmp_path: Path
) -> None:
    paper = tmp_path / "nhieu.pdf"
    for number in range(3):
        paper.write_bytes(signed_result(running))
        assert act("result", "add", paper, "--reference", f"NHIEU-{number}", *WHOSE).exit_code == 0
    told = [one["reference"] for one in act("result", "list").json]
    assert told[:3] == ["NHIEU-2", "NHIEU-1", "NHIEU-0"]


def test_what_is_refused_ends_with_its_code_and_stores_nothing(
    running: Running, act: Act, paper: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "chua-ky.pdf"
    plain.write_bytes(unsigned_result())
    refused = act("result", "add", plain, "--reference", "L-2", *WHOSE)
    assert (refused.exit_code, refused.out) == (Exit.VERIFICATION_FAILED, "")
    other = ("--type", "VN.BIRTH_CERT", "--holder", AN.id_number, "--name", "Người Khác Hẳn")
    assert act("result", "add", paper, "--reference", "L-2", *other).exit_code == Exit.VERIFICATION_FAILED
    assert act("result", "add", paper, "--reference", "L 2", *WHOSE).exit_code == Exit.USAGE
    assert act("result", "add", paper, "--reference", "L-2", *WHOSE, "--issued-on", "hôm qua").exit_code == Exit.USAGE
    assert act("result", "add", tmp_path / "nowhere.pdf", "--reference", "L-2", *WHOSE).exit_code == Exit.FILE_ACCESS
    assert act("result", "annul", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--decision", "1").exit_code != 0
    assert "L-2" not in [one["reference"] for one in act("result", "list").json]


def test_without_a_server_or_its_scope_nothing_is_done(
    running: Running, command_line: CommandLine, paper: Path, tmp_path: Path
) -> None:
    alone = command_line.run("result", "list")
    assert (alone.exit_code, "--server" in alone.err) == (Exit.USAGE, True)
    with issuing_system(running, login="chi-doc-thoi", scopes=("copies:read",)) as reader:
        token = tmp_path / "reader"
        token.touch(mode=0o600)
        token.write_text(str(reader.headers["Authorization"]).removeprefix("Bearer "))
    there = ("--server", running.base_url, "--token-file", token)
    assert command_line.run("result", "list", *there).exit_code == Exit.FORBIDDEN
    assert command_line.run("result", "add", paper, "--reference", "L-3", *WHOSE, *there).exit_code == Exit.FORBIDDEN
