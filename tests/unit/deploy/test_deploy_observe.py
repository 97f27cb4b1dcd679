"""Alerts, dashboard and runbook name what exists."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from api.observe.catalogue import METRICS, NAMES
from api.observe.exposition import write_text
from api.observe.facts import Fact
from api.observe.meter import Meter
from docs.command_line import every_command

TREE = Path(__file__).resolve().parents[3]
RUNBOOK = TREE / "docs" / "how-to" / "runbook.md"


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((TREE / "deploy" / "prometheus" / "vidimus.rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def named(expression: str) -> set[str]:
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bvidimus_[a-z_]+", expression)}


def test_every_alert_asks_for_metrics_that_exist_and_has_its_page_in_the_runbook() -> None:
    headings = {line[3:].lower() for line in RUNBOOK.read_text().splitlines() if line.startswith("## ")}
    for rule in rules():
        assert named(rule["expr"]) <= NAMES, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        address, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert (TREE / address, anchor in headings) == (RUNBOOK, True), rule["alert"]
    assert headings == {rule["alert"].lower() for rule in rules()}


def test_every_panel_of_the_dashboard_shows_metrics_that_exist() -> None:
    board = json.loads((TREE / "deploy" / "grafana" / "vidimus.json").read_text())
    shown = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert all(named(expression) and named(expression) <= NAMES for expression in shown)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_every_command_that_the_runbook_names_exists() -> None:
    root: Any = every_command()
    for line in re.findall(r"`vidimus ([a-z -]+?)(?: --[^`]*| [A-Z][^`]*)?`", RUNBOOK.read_text()):
        command = root
        for word in line.split():
            assert word in command.commands, line
            command = command.commands[word]


def test_the_text_is_what_prometheus_reads() -> None:
    meter = Meter()
    meter.answered(method="BREW", route="/v1/copies/{code}", status=200, seconds=0.03)
    meter.answered(method="GET", route="/v1/copies/{code}", status=200, seconds=99)
    text = write_text([Fact("vidimus_records", 3, {}), Fact("vidimus_items", 1, {"state": 'a"b\\c\nd'})], meter)
    assert "# TYPE vidimus_records gauge\nvidimus_records 3\n" in text
    assert 'vidimus_items{state="a\\"b\\\\c\\nd"} 1' in text
    assert 'vidimus_http_request_seconds_bucket{route="/v1/copies/{code}",le="0.05"} 1' in text
    assert 'vidimus_http_request_seconds_bucket{route="/v1/copies/{code}",le="+Inf"} 2' in text
    assert 'vidimus_http_request_seconds_count{route="/v1/copies/{code}"} 2' in text


def test_a_flood_of_labels_does_not_fill_the_memory() -> None:
    meter = Meter()
    for number in range(2000):
        meter.answered(method="GET", route=f"/{number}", status=200, seconds=0.1)
    assert len(meter.requests()) < 1000
    assert len(meter.request_seconds.series()) < 1000


def test_names_follow_the_conventions_of_prometheus() -> None:
    for metric in METRICS:
        assert metric.kind in {"counter", "gauge", "histogram"}
        assert metric.name.endswith("_total") == (metric.kind == "counter")
