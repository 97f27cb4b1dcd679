"""For developers: `python -m api.migrations revision "why"` writes the next revision from the tables in code.

It upgrades an empty SQLite database in a temporary folder to the newest revision, compares it with the tables and
writes what is missing into `api/migrations/versions/`. Read the file before you commit it.
`python -m api.migrations restart "why"` first removes every revision: only before the first release.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from api.migrations.runner import head_revision, upgrade, write_revision
from vault.database import open_database

_USAGE = 'usage: python -m api.migrations revision|restart "MESSAGE"\n'
_VERSIONS = Path(__file__).parent / "versions"


def main(arguments: list[str]) -> int:
    """Write a revision; exit code 2 when asked wrongly."""
    match arguments:
        case ["revision", message]:
            pass
        case ["restart", message]:
            for path in _VERSIONS.glob("[0-9a-f]*.py"):
                path.unlink()
        case _:
            sys.stderr.write(_USAGE)
            return 2
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/empty.db")
        try:
            if head_revision():
                upgrade(database)
            path = write_revision(database, message)
        finally:
            database.close()
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
