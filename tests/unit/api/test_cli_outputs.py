"""What commands write: a fetch that is refused leaves no file, and a file that was there stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.cli.exits import Exit
from api.cli.outputs import new_file
from tests.command_line import CommandLine

# The first two are refused before anybody is asked, the last while the file is open already: nothing answers there.
REFUSED = ("nowhere", "http://192.0.2.1", "https://127.0.0.1:9")
FETCHES = (
    ("batch", "show", "1"),
    ("case", "slip", "1"),
    ("case", "notice", "1"),
    ("dossier", "fetch", "1", "1"),
    ("vault", "fetch", "1"),
)


@pytest.mark.parametrize("words", FETCHES, ids=" ".join)
@pytest.mark.parametrize("server", REFUSED)
def test_fetch_that_is_refused_leaves_no_file(
    words: tuple[str, ...], server: str, command_line: CommandLine, tmp_path: Path
) -> None:
    out, token = tmp_path / "fetched.pdf", tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("a token of nobody")
    answer = command_line.run(*words, "--out", out, "--server", server, "--token-file", token)
    wanted = Exit.SERVICE_UNREACHABLE if server == REFUSED[-1] else Exit.USAGE
    assert (answer.exit_code, answer.out) == (wanted, ""), answer.err
    assert not out.exists()


def test_block_that_fails_takes_its_half_file_along(tmp_path: Path) -> None:
    path = tmp_path / "half"
    with pytest.raises(KeyboardInterrupt):
        _break_off(path)
    assert not path.exists()


def _break_off(path: Path) -> None:
    with new_file(path) as file:
        file.write(b"half of it")
        file.flush()
        raise KeyboardInterrupt


def test_file_that_is_there_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_bytes(b"kept")
    with pytest.raises(FileExistsError), new_file(path):
        pytest.fail("nothing may be written here")
    assert path.read_bytes() == b"kept"
