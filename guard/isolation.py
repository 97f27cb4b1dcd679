"""The command line that starts a child behind the asked walls."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from guard.errors import IsolationUnavailable
from guard.limits import Isolation, ProcessLimits

_SYSTEM_PATHS = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
_PATH = "/usr/local/bin:/usr/bin:/bin"

# OpenMP and BLAS start a thread per core and each thread reserves a stack and an arena of address space, which
# RLIMIT_AS counts although nobody uses it; one thread per child is also the cheaper way to spend the cores.
_BASE_ENVIRONMENT = {
    "PATH": _PATH,
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    # Inside the walls /tmp is private and empty.
    "TMPDIR": "/tmp",  # noqa: S108
    # The same folder: no child needs a home.
    "HOME": "/tmp",  # noqa: S108
    "OMP_THREAD_LIMIT": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
}


@dataclass(frozen=True, slots=True)
class ChildCommand:
    """How to start one child: the arguments and the whole environment."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def child_command(
    module: str,
    *,
    isolation: Isolation,
    limits: ProcessLimits,
    read_only_paths: Sequence[Path],
    environment: Mapping[str, str],
) -> ChildCommand:
    """Build the command that serves `module` behind the walls of `isolation`.

    Raises:
        IsolationUnavailable: bubblewrap is asked for and not installed.
    """
    root = Path(__file__).resolve().parent.parent
    variables = {**_BASE_ENVIRONMENT, "PYTHONPATH": str(root), **environment}
    # -P keeps the working directory off the import path, -s the user's own packages.
    python = (sys.executable, "-P", "-s", "-B", "-m", "guard.child", module, isolation.value)
    if isolation is not Isolation.BUBBLEWRAP:
        return ChildCommand(python, variables)
    bubblewrap = which("bwrap", path=_PATH)
    if bubblewrap is None:
        raise IsolationUnavailable("bubblewrap (bwrap) is not installed; install the package `bubblewrap`")
    walls = _walls(limits, paths=[*_code_paths(root), *read_only_paths])
    return ChildCommand((bubblewrap, *walls, "--", *python), variables)


def _walls(limits: ProcessLimits, *, paths: Sequence[Path]) -> list[str]:
    walls = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "vidimus"]
    for system_path in _SYSTEM_PATHS:
        walls += ["--ro-bind-try", system_path, system_path]
    # bwrap refuses a size of zero; a child that may write nothing is held to it by its file limit.
    size = str(max(1, limits.file_bytes))
    # This is where the private /tmp is made.
    walls += ["--proc", "/proc", "--dev", "/dev", "--size", size, "--tmpfs", "/tmp"]  # noqa: S108
    for path in paths:
        walls += ["--ro-bind", str(path), str(path)]
    # The root itself is a tmpfs until it is remounted; nothing may be written outside /tmp.
    return [*walls, "--chdir", "/", "--remount-ro", "/"]


def _code_paths(root: Path) -> list[Path]:
    """List what Python needs to import our code: never the whole tree, which may hold a home with keys."""
    packages = [path for path in sorted(root.iterdir()) if path.is_dir() and any(path.glob("*.py"))]
    prefixes = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
    outside_usr = [path for path in sorted(prefixes) if not path.is_relative_to("/usr")]
    covered = [path for path in packages if not any(path.is_relative_to(prefix) for prefix in outside_usr)]
    return [*outside_usr, *covered]
