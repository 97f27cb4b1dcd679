"""What `deploy/` hands to an operator names settings, commands, routes and volumes that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.routes import add_routes
from api.settings import SETTINGS
from docs.command_line import every_command

TREE = Path(__file__).resolve().parents[3]
DEPLOY = TREE / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
INSIDE = {"metrics", "healthz", "readyz"}
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
# Not ours: PostgreSQL's own, and what a shell script keeps for itself.
KNOWN_OTHERS = {"VIDIMUS_HOST"}


def manifests() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes" / "vidimus.yaml").read_text()))


def check_command(words: list[str]) -> None:
    command: Any = every_command()
    for word in words:
        if word.startswith("-"):
            options = {name for one in command.params for name in one.opts}
            assert word in options, words
        elif hasattr(command, "commands"):
            assert word in command.commands, words
            command = command.commands[word]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_settings_that_a_file_names_exist(path: Path) -> None:
    names = {setting.name for setting in SETTINGS}
    assert set(re.findall(r"\bVIDIMUS_[A-Z0-9_]+\b", path.read_text())) <= names | KNOWN_OTHERS


def test_commands_of_units_and_containers_exist() -> None:
    for unit in UNITS:
        (line,) = re.findall(r"^ExecStart=\S+/vidimus (.+)$", unit.read_text(), re.MULTILINE)
        check_command([word for word in line.split() if word not in {"%i", "json"}])
    compose = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())
    told = [one["command"] for one in compose["services"].values() if "command" in one]
    told += [container["args"] for container in containers()]
    for words in told:
        check_command([word for word in words if word != "json"])


def containers() -> list[dict[str, Any]]:
    return [container for _, pod in pods() for container in pod["spec"]["containers"]]


def pods() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    found = []
    for one in manifests():
        if one["kind"] == "StatefulSet":
            found.append((one, one["spec"]["template"]))
        elif one["kind"] == "CronJob":
            found.append((one, one["spec"]["jobTemplate"]["spec"]["template"]))
    return found


@pytest.mark.parametrize("version", ["1.29", "1.33", "1.37"])
def test_manifests_hold_against_the_schemas_of_kubernetes(version: str) -> None:
    assert len(manifests()) > 5
    for one in manifests():
        kubernetes_validate.validate(one, version, strict=True)


def test_schemas_of_kubernetes_refuse_a_field_that_it_does_not_know() -> None:
    (first, *_) = [one for one in manifests() if one["kind"] == "StatefulSet"]
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(first | {"spec": first["spec"] | {"replica": 2}}, "1.33", strict=True)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_are_hardened_and_systemd_takes_them(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text()
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "UMask=0077", "User=vidimus"):
        assert f"\n{line}\n" in text, line
    analyse = shutil.which("systemd-analyze")
    if analyse is None:
        return
    # The programme and its user are not on this machine; everything else of the unit is judged.
    known = text.replace("/opt/vidimus/.venv/bin/vidimus", "/bin/true").replace("=vidimus\n", "=root\n")
    copy = tmp_path / unit.name
    copy.write_text(known.replace("/etc/vidimus/vidimus.env", "-/etc/vidimus/vidimus.env"))
    judged = subprocess.run([analyse, "verify", "--man=no", copy], capture_output=True, text=True, check=False)
    ours = [line for line in judged.stderr.splitlines() if copy.name in line]
    assert ours == []


def test_timers_start_units_that_exist() -> None:
    timers = sorted((DEPLOY / "systemd").glob("*.timer"))
    assert timers
    for timer in timers:
        assert timer.with_suffix(".service") in UNITS
        assert "Persistent=true" in timer.read_text()


def test_the_proxies_keep_the_metrics_inside() -> None:
    assert "location = /metrics { return 404; }" in (DEPLOY / "proxy" / "nginx.conf").read_text()
    assert "@inside path /metrics\n\trespond @inside 404" in (DEPLOY / "proxy" / "Caddyfile").read_text()


def test_the_ingress_leads_to_every_route_but_those_of_the_watchdogs() -> None:
    app = FastAPI()
    add_routes(app)
    wanted = {route.path.split("/")[1] for route in app.routes if isinstance(route, APIRoute)} - INSIDE
    (ingress,) = [one for one in manifests() if one["kind"] == "Ingress"]
    for rule in ingress["spec"]["rules"]:
        paths = {one["path"].lstrip("/") for one in rule["http"]["paths"]}
        assert wanted <= paths
        assert not paths & INSIDE


def test_manifests_refer_to_what_they_define() -> None:
    by_kind: dict[str, set[str]] = {}
    for one in manifests():
        assert set(one) >= {"apiVersion", "kind", "metadata"}
        by_kind.setdefault(one["kind"], set()).add(one["metadata"]["name"])
    for owner, pod in pods():
        labels = pod["metadata"]["labels"]
        if owner["kind"] == "StatefulSet":
            assert owner["spec"]["selector"]["matchLabels"].items() <= labels.items()
            assert owner["spec"]["serviceName"] in by_kind["Service"]
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        for volume in volumes.values():
            claim = volume.get("persistentVolumeClaim")
            assert claim is None or claim["claimName"] in by_kind["PersistentVolumeClaim"]
        for container in pod["spec"]["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} <= set(volumes)
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            for source in container["envFrom"]:
                assert "secretRef" in source or source["configMapRef"]["name"] in by_kind["ConfigMap"]
    probes = [container[name]["httpGet"]["path"] for container in containers() for name in container if "Probe" in name]
    assert set(probes) == {"/readyz", "/healthz"}


def test_the_examples_read_as_settings() -> None:
    from api.settings import read_settings

    lines = (DEPLOY / "systemd" / "vidimus.env.example").read_text().splitlines()
    environment = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert read_settings(environment).verify_url == environment["VIDIMUS_VERIFY_URL"]
    (config,) = [one for one in manifests() if one["kind"] == "ConfigMap"]
    assert read_settings(config["data"]).backup_url.startswith("s3://")
