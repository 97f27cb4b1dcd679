"""Read everything once more that the processes of a test run wrote down, and find no secret in it.

`python -m tests.check_heard FOLDER`, the folder in which `tests.heard_logs` kept it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.heard_logs import secrets_in


def main(arguments: list[str]) -> int:
    """Say how much was heard and where something stood that must not; 1 when something did, or nothing was heard."""
    heard = {path.name: path.read_text("utf-8", errors="replace") for path in sorted(Path(arguments[0]).iterdir())}
    lines = sum(len(text.splitlines()) for text in heard.values())
    # The words themselves are not repeated: this goes into a log.
    telling = [f"{name}: {len(found)} secret(s)" for name, text in heard.items() if (found := secrets_in([text]))]
    print("\n".join([*telling, f"{lines} lines of {len(heard)} processes and modules heard"]))
    return 1 if telling or not lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
