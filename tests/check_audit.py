"""Ask whether a locked dependency has a known vulnerability, and say loudly when nobody could be asked.

Part of `./check --all`. A machine without a way out cannot know; that is no failure of the code, and must not look like a pass.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
_SECONDS = 240
_UNREACHABLE = (
    "ConnectionError",
    "Max retries",
    "ServiceError",
    "Temporary failure",
    "timed out",
    "HTTPError",
    "Network is",
    "ProxyError",
)


def audit(lock: Path, *extra: str) -> tuple[int, str]:
    """Give an exit code and what is to be said."""
    command = [str(Path(sys.executable).with_name("pip-audit")), "-r", str(lock), "--require-hashes", "--disable-pip"]
    command += ["--no-deps", "--format", "json", "--progress-spinner", "off", "--timeout", "15", *extra]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS, cwd=TREE)
    except subprocess.TimeoutExpired:
        return 0, not_run("no answer in time")
    try:
        found = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = ran.stderr.strip().splitlines()[-1:] or ["no output"]
        if any(word in ran.stderr for word in _UNREACHABLE):
            return 0, not_run(last[0][:200])
        return 1, f"pip-audit did not work on {lock.name}: {last[0][:300]}"
    bad = [
        f"{one['name']} {one['version']}: {', '.join(v['id'] for v in one['vulns'])}"
        for one in found
        if one.get("vulns")
    ]
    if bad:
        return 1, f"known vulnerabilities in {lock.name}:\n" + "\n".join(bad)
    return 0, f"{lock.name}: {len(found)} packages, no known vulnerability"


def not_run(why: str) -> str:
    """Say it so that nobody reads over it."""
    line = "!" * 78
    return f"{line}\nSKIPPED: the dependencies were NOT AUDITED: no index of vulnerabilities could be reached ({why})\n{line}"


def main() -> int:
    """Audit both locks."""
    worst = 0
    for name in ("requirements.lock", "requirements-dev.lock"):
        code, text = audit(TREE / name)
        print(text, flush=True)
        worst = max(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main())
