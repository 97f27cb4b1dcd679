"""The text that Prometheus reads (exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from api.observe.catalogue import METRICS
from api.observe.facts import Fact, database_facts, home_facts
from api.observe.meter import BOUNDS, Meter
from api.services import APPLICATION_VERSION, Services
from vault import DatabaseUnavailable

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_STATM: Final = Path("/proc/self/statm")
_PAGE_BYTES: Final = 4096


def expose(services: Services, meter: Meter, *, ready: Mapping[str, bool]) -> str:
    """Write every metric of this process and its office.

    A database that is away takes its own numbers away and nothing else: `vidimus_ready` says so.
    """
    at = services.clock.now()
    facts = [Fact("vidimus_build_info", 1, {"version": APPLICATION_VERSION, "mode": services.home.mode.value})]
    facts += [Fact("vidimus_ready", float(is_well), {"check": name}) for name, is_well in ready.items()]
    for (method, route, status), count in sorted(meter.requests().items()):
        facts.append(Fact("vidimus_http_requests_total", count, {"method": method, "route": route, "status": status}))
    facts += _resident()
    try:
        facts += database_facts(services.database, at=at)
    except DatabaseUnavailable:
        # Told by vidimus_ready{check="database"}; a scrape that failed as a whole would hide the rest.
        facts += []
    facts += home_facts(services.settings, services.home, at=at)
    journal = services.journal
    if journal is not None:
        since = journal.written_at or services.home.created_at
        facts.append(Fact("vidimus_journal_age_seconds", (at - since).total_seconds(), {}))
    return write_text(facts, meter)


def write_text(facts: Iterable[Fact], meter: Meter) -> str:
    """Write the facts and the histograms, family by family."""
    by_name: dict[str, list[Fact]] = {}
    for fact in facts:
        by_name.setdefault(fact.name, []).append(fact)
    histograms = {
        "vidimus_http_request_seconds": ("route", meter.request_seconds.series()),
        "vidimus_step_seconds": ("step", meter.step_seconds.series()),
    }
    lines: list[str] = []
    for metric in METRICS:
        found = by_name.get(metric.name, [])
        label, series = histograms.get(metric.name, ("", {}))
        if found or series:
            lines += [f"# HELP {metric.name} {metric.meaning}", f"# TYPE {metric.name} {metric.kind}"]
        lines += [f"{metric.name}{_labels(fact.labels)} {_number(fact.value)}" for fact in found]
        for word, values in sorted(series.items()):
            lines += _histogram(metric.name, label, word, values)
    return "\n".join(lines) + "\n"


def _histogram(name: str, label: str, word: str, values: list[float]) -> Iterable[str]:
    total = 0.0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), values[:-1], strict=True):
        total += count
        yield f"{name}_bucket{_labels({label: word, 'le': bound})} {_number(total)}"
    yield f"{name}_sum{_labels({label: word})} {_number(values[-1])}"
    yield f"{name}_count{_labels({label: word})} {_number(total)}"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(round(value, 6))


def _resident() -> list[Fact]:
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return []
    return [Fact("vidimus_resident_bytes", pages * _PAGE_BYTES, {})]
