"""Files and locks of the key store: replaced whole, held alone, and importable where POSIX is not."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from keys.files import replace_file, wait_for_lock

# Foreign libraries are loaded as on this system; then ours alone are read anew as Windows would read them.
AS_ON_WINDOWS = """
import sys, types, typer
import api.cli.commands
api.cli.commands.add_commands(typer.Typer())
ours = ("api", "certify", "dossiers", "fonts", "guard", "keys", "ocr", "signing", "vault")
for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
    del sys.modules[name]
for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
sys.modules["msvcrt"] = types.ModuleType("msvcrt")
sys.platform = "win32"
import api.cli.commands
api.cli.commands.add_commands(typer.Typer())
from api.agent.token import usual_modules
assert all(str(path).startswith("C:") for path in usual_modules(sys.platform))
"""


def test_who_reads_a_file_that_is_replaced_has_the_old_bytes_or_the_new_ones(tmp_path: Path) -> None:
    path = tmp_path / "issuing.pem"
    replace_file(path, b"old" * 1000)
    with path.open("rb") as reader:
        begun = reader.read(3)
        replace_file(path, b"new")
        assert begun + reader.read() == b"old" * 1000
    assert path.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["issuing.pem"]


def test_a_lock_that_the_system_gave_up_waiting_for_is_asked_for_again() -> None:
    answers = [OSError(errno.EDEADLK, "gave up"), OSError(errno.EACCES, "held"), None]
    pauses: list[float] = []

    def try_lock() -> None:
        answer = answers.pop(0)
        if answer is not None:
            raise answer

    wait_for_lock(try_lock, pause=pauses.append)
    assert (answers, len(pauses)) == ([], 2)


def test_a_lock_that_cannot_be_had_at_all_is_a_fault() -> None:
    def try_lock() -> None:
        raise OSError(errno.EBADF, "no such file")

    with pytest.raises(OSError, match="no such file"):
        wait_for_lock(try_lock, pause=lambda _seconds: None)


@pytest.mark.slow
@pytest.mark.matrix
def test_every_command_can_be_imported_where_posix_is_missing() -> None:
    done = subprocess.run([sys.executable, "-c", AS_ON_WINDOWS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
