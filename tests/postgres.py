"""A PostgreSQL server of the tests' own, on a loopback port, from Debian's binaries; or the one a setting names.

Take it in a conftest: `from tests.postgres import postgresql_url  # noqa: F401`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
_START_SECONDS = 60


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The address of a running server's maintenance database."""
    named = os.environ.get("VIDIMUS_DATABASE_URL", "")
    if named.startswith("postgresql"):
        yield named
        return
    if not _BINARIES:
        pytest.fail("no PostgreSQL: set VIDIMUS_DATABASE_URL or install Debian's postgresql package")
    with started_server() as url:
        yield url


@contextmanager
def started_server() -> Iterator[str]:
    """Start a server in a folder of its own and throw both away afterwards."""
    binaries = _BINARIES[-1].parent
    folder = Path(mkdtemp(prefix="vidimus-pg-", dir="/tmp"))
    port = _free_port()
    try:
        # initdb refuses root, so everything runs as the package's own user.
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        _as_postgres([binaries / "initdb", "-D", folder / "data", "-A", "trust", "-U", "vidimus", "-E", "UTF8"])
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        control: list[str | Path] = [binaries / "pg_ctl", "-D", folder / "data", "-w", "-t", str(_START_SECONDS)]
        _as_postgres([*control, "-l", folder / "log", "-o", options, "start"])
        try:
            yield f"postgresql+psycopg://vidimus@127.0.0.1:{port}/postgres"
        finally:
            _as_postgres([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def restart_server(url: str) -> None:
    """Stop the server that `started_server` gave, cutting every connection, and start it again on its port."""
    admin = sa.create_engine(make_url(url))
    try:
        with admin.connect() as connection:
            folder = connection.execute(sa.text("SHOW data_directory")).scalar_one()
    finally:
        admin.dispose()
    # Its options stand beside the data since it was started.
    _as_postgres(
        [_BINARIES[-1].parent / "pg_ctl", "-D", folder, "-w", "-m", "fast", "restart", "-l", f"{folder}/../log"]
    )


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Make an empty database on the server, give its address, drop it afterwards."""
    name = f"vidimus_{secrets.token_hex(6)}"
    admin = sa.create_engine(make_url(server_url), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
        # The server may be restarted meanwhile: nothing is kept connected.
        admin.dispose()
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        admin.dispose()


@contextmanager
def copied_database(server_url: str, source_url: str) -> Iterator[str]:
    """Copy a database nobody is connected to, give the copy's address, drop it afterwards."""
    name = f"vidimus_{secrets.token_hex(6)}"
    source = make_url(source_url).database
    admin = sa.create_engine(make_url(server_url), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{source}"'))
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        admin.dispose()


def _as_postgres(command: list[str | Path]) -> None:
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*prefix, *map(str, command)], capture_output=True, text=True, check=False, cwd="/", timeout=120
    )
    assert done.returncode == 0, done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
