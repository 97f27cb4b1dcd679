"""What a monitoring system reads: numbers that are true, and nothing about a person."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from api.app import create_app
from api.observe.catalogue import METRICS
from samples.cast import CAST
from tests.running import Running, serve
from vault import format_code
from vault.tables import records

pytestmark = pytest.mark.slow


def read(text: str) -> dict[str, float]:
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if not line.startswith("#")
    }


def test_metrics_tell_how_the_office_is_in_names_of_the_catalogue(running: Running) -> None:
    with running.officer() as officer, running.client() as stranger:
        made = running.certify(officer)
        with running.services.database.read() as tx:
            code = tx.execute(sa.select(records.c.code).where(records.c.record_id == made["record_id"])).scalar_one()
        running.services.publish_log()
        stranger.get(f"/v1/copies/{code}")
        answer = stranger.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = read(answer.text)
    catalogue = {metric.name: set(metric.labels) for metric in METRICS}
    for name in told:
        family, _, labels = name.partition("{")
        family = re.sub(r"_(bucket|sum|count)$", "", family)
        assert set(re.findall(r'(\w+)="', labels)) - {"le"} == catalogue[family], name
    assert told['vidimus_items{state="CERTIFIED"}'] == 1
    assert told['vidimus_numbers{status="FINAL"}'] == 1
    assert told['vidimus_log_size{tree="CERTIFICATIONS"}'] > 0
    assert told['vidimus_log_waiting{tree="CERTIFICATIONS"}'] == 0
    assert told['vidimus_ready{check="database"}'] == 1
    assert told["vidimus_quarantined"] == 0
    assert told['vidimus_http_requests_total{method="GET",route="/v1/copies/{code}",status="200"}'] == 1
    assert any(name.startswith("vidimus_step_seconds_bucket") for name in told)
    assert min(value for name, value in told.items() if name.startswith("vidimus_key_days_left")) > 0
    # A code, a name, a number of a person or the id of a key would make this page somebody's business.
    for secret in (
        code,
        format_code(code),
        made["record_id"],
        CAST["an"].id_number,
        CAST["an"].name,
    ):
        assert secret not in answer.text


def test_with_a_token_file_only_its_bearer_reads_them(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "metrics.token"
    file.write_text("correct-horse\n")
    file.chmod(0o600)
    settings = replace(running.services.settings, metrics_token_file=file)
    with (
        serve(create_app(replace(running.services, settings=settings))) as base_url,
        httpx.Client(base_url=base_url, trust_env=False) as client,
    ):
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/metrics", headers={"Authorization": "Bearer correct-horse"}).status_code == 200
