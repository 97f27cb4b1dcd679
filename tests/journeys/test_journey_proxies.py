"""The examples for nginx and Caddy really stand in front of an office: it is served, its numbers stay inside."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.running import Running, founded_home, running  # noqa: F401 - fixtures
from tests.small_paper import small_scan

# Two servers of others are started.
pytestmark = [pytest.mark.journey, pytest.mark.matrix]

PROXY = Path(__file__).resolve().parents[2] / "deploy" / "proxy"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def answering(process: subprocess.Popen[bytes], *, port: int, log: Path) -> Iterator[None]:
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def nginx(folder: Path, office_port: str) -> Iterator[str]:
    """The example as it is, but for ports, certificate and the folders of a service."""
    port = free_port()
    pair = [folder / "key.pem", folder / "fullchain.pem"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(pair[0]), "-out", str(pair[1])],
        check=True, capture_output=True,
    )  # fmt: skip
    site = (PROXY / "nginx.conf").read_text().replace("/etc/ssl/vidimus", str(folder))
    site = site.replace("listen 80;", f"listen 127.0.0.1:{free_port()};").replace("443 ssl", f"127.0.0.1:{port} ssl")
    site = site.replace("127.0.0.1:8750", f"127.0.0.1:{office_port}")
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    conf.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log stderr;\nevents {{}}\nhttp {{ access_log off;\n{temporary}\n{site}\n}}"
    )
    options = ["-p", str(folder), "-c", str(conf), "-e", "stderr"]
    # Where distributions put it is not on everybody's path.
    found = os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin", "HOME": str(folder)}
    subprocess.run(["nginx", *options, "-t"], check=True, capture_output=True, env=found)
    log = folder / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(["nginx", *options], stdout=said, stderr=said, env=found)
        with answering(process, port=port, log=log):
            yield f"https://127.0.0.1:{port}"


@contextmanager
def caddy(folder: Path, office_port: str) -> Iterator[str]:
    """The example as it is, but for its names: for them Caddy would ask the world for a certificate."""
    port = free_port()
    site = (PROXY / "Caddyfile").read_text().replace("127.0.0.1:8750", f"127.0.0.1:{office_port}")
    site, count = re.subn(r"^vidimus\S+ \S+ \{", f"http://127.0.0.1:{port} {{", site, flags=re.MULTILINE)
    assert count == 1
    conf = folder / "Caddyfile"
    conf.write_text(f"{{\n\tadmin off\n}}\n{site}")
    options = ["--adapter", "caddyfile", "--config", str(conf)]
    log = folder / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            ["caddy", "run", *options], stdout=said, stderr=said, env=os.environ | {"HOME": str(folder)}
        )
        with answering(process, port=port, log=log):
            yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("proxy", [nginx, caddy], ids=["nginx", "caddy"])
def test_proxy_serves_the_office_takes_a_scan_and_keeps_the_numbers_inside(
    proxy: object,
    running: Running,  # noqa: F811 - pytest hands fixtures over by name
    tmp_path: Path,
) -> None:
    assert callable(proxy)
    with (
        proxy(tmp_path, running.base_url.rpartition(":")[2]) as address,
        running.officer() as officer,
        # The certificate is of this test and of nobody else.
        httpx.Client(base_url=address, trust_env=False, timeout=60, verify=False) as client,  # noqa: S501
    ):
        client.cookies.update(dict(officer.cookies))
        client.headers["X-CSRF-Token"] = officer.headers["X-CSRF-Token"]
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/metrics").status_code == 404
        told = client.get("/verify")
        assert told.status_code == 200
        assert told.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        accepted = running.upload(client, small_scan())
        assert accepted.status_code == 202, accepted.text
