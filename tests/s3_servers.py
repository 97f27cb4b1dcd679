"""S3 servers of the tests' own on loopback: moto's, from an environment of its own, and Versity's gateway where it is installed.

moto cannot share our environment: it wants another python-dateutil than the workflow engine. `requirements-s3.lock` names
its packages with hashes. The gateway is a second implementation by other people (`go install
github.com/versity/versitygw/cmd/versitygw@latest`); where its program is on the path the same tests run on it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
_KEY, _SECRET, _REGION = "test-key", "test-secret-of-the-tests", "us-east-1"
_START_SECONDS = 120
_EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server: where it is, and the variables that bring a process there."""

    name: str
    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        """What obstore reads when it opens s3://BUCKET/PREFIX."""
        return {
            "AWS_ENDPOINT": self.endpoint,
            "AWS_ACCESS_KEY_ID": _KEY,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": _REGION,
            "AWS_ALLOW_HTTP": "true",
        }

    def make_bucket(self, name: str) -> None:
        """Make an empty bucket (a signed PUT: AWS Signature Version 4)."""
        at = datetime.now(UTC)
        stamp, host = at.strftime("%Y%m%dT%H%M%SZ"), self.endpoint.partition("//")[2]
        scope = f"{stamp[:8]}/{_REGION}/s3/aws4_request"
        names = "host;x-amz-content-sha256;x-amz-date"
        canonical = (
            f"PUT\n/{name}\n\nhost:{host}\nx-amz-content-sha256:{_EMPTY}\nx-amz-date:{stamp}\n\n{names}\n{_EMPTY}"
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{_SECRET}".encode()
        for word in (stamp[:8], _REGION, "s3", "aws4_request"):
            key = hmac.new(key, word.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "x-amz-date": stamp,
            "x-amz-content-sha256": _EMPTY,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={_KEY}/{scope}, SignedHeaders={names}, Signature={signature}",
        }
        request = urllib.request.Request(f"{self.endpoint}/{name}", method="PUT", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200, answer.status


def server_names() -> tuple[str, ...]:
    """The implementations that are here: moto's always, the gateway where it is installed."""
    return ("moto", "versitygw") if shutil.which("versitygw") else ("moto",)


@contextmanager
def s3_server(name: str = "moto") -> Iterator[S3Server]:
    """Start a server on a free port and throw it away with everything in it."""
    with tempfile.TemporaryDirectory(prefix="vidimus-s3-") as folder:
        port = _free_port()
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "ROOT_ACCESS_KEY": _KEY, "ROOT_SECRET_KEY": _SECRET}
        process = subprocess.Popen(
            _command(name, port=port, folder=Path(folder)),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(port, process)
            yield S3Server(name, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(timeout=30)


def _command(name: str, *, port: int, folder: Path) -> list[str]:
    if name == "versitygw":
        return ["versitygw", "--port", f"127.0.0.1:{port}", "posix", str(folder)]
    return [str(_moto()), "-H", "127.0.0.1", "-p", str(port)]


def _moto() -> Path:
    """The program of moto's own environment, which is made from its lock when it is missing."""
    folder = TREE / ".venv-s3"
    program, made_from = folder / "bin" / "moto_server", folder / ".made-from"
    lock = TREE / "requirements-s3.lock"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not (program.exists() and made_from.exists() and made_from.read_text() == digest):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, "--require-hashes", "-r", str(lock)], check=True)
        made_from.write_text(digest)
    return program


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the S3 server ended by itself"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the S3 server did not start in time")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
