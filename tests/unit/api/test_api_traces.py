"""Traces: off unless asked for, and then only patterns, steps and ids on their way to the collector that was named."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from api.clock import SystemClock
from api.errors import BadSetting
from api.observe.otlp import trace_of
from api.observe.traces import NoTraces, Traces, open_traces
from api.settings import read_settings
from certify.pipeline import Phase, Progress
from guard import new_ulid
from tests.heard_logs import secrets_in
from tests.running import run_home


class Collector:
    """What an OpenTelemetry collector is sent, over HTTP on loopback."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.raw = b""


@contextmanager
def collector(*, status: int = 200) -> Iterator[tuple[str, Collector]]:
    got = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            got.raw += raw
            sent = ExportTraceServiceRequest.FromString(raw)
            got.spans += [span for one in sent.resource_spans for scope in one.scope_spans for span in scope.spans]
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def open_to(url: str) -> Traces:
    return open_traces(url, worker_name="office", version="1", clock=SystemClock())


def test_nothing_is_traced_unless_a_collector_is_named() -> None:
    assert isinstance(open_to(""), NoTraces)


def test_paper_has_one_trace_under_its_own_id() -> None:
    item_id = new_ulid(at=SystemClock().now(), random_bytes=lambda count: b"\x07" * count)
    with collector() as (url, got):
        traces = open_to(url)
        for step in ("read", "quality"):
            traces.step_done(Progress(item_id, "digitise", step, Phase.STEP_DONE, seconds=1.5))
        traces.close()
    first, second = got.spans
    assert first.trace_id == second.trace_id == trace_of(item_id).trace_id.to_bytes(16, "big")
    assert [first.name, second.name] == ["digitise.read", "digitise.quality"]
    assert first.end_time_unix_nano - first.start_time_unix_nano == 1_500_000_000


def test_server_error_is_an_error_of_its_span() -> None:
    with collector() as (url, got):
        traces = open_to(url)
        traces.answered(method="GET", route="/v1/drafts/{item_id}", status=503, seconds=0.01)
        traces.close()
    (span,) = got.spans
    assert (span.name, span.status.code) == ("GET /v1/drafts/{item_id}", 2)


def test_collector_that_is_away_or_refuses_keeps_nobody_waiting() -> None:
    with collector(status=400) as (url, got):
        traces = open_to(url)
        traces.answered(method="GET", route="/healthz", status=200, seconds=0.01)
        traces.close()
    assert len(got.spans) == 1
    gone = open_to(url)
    gone.answered(method="GET", route="/healthz", status=200, seconds=0.01)
    gone.close()


@pytest.mark.slow
def test_office_that_certifies_sends_patterns_steps_and_ids_and_no_word_of_a_paper(
    founded_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(founded_home, home)
    with collector() as (url, got):
        with run_home(home, traces_url=url) as served, served.officer() as officer:
            told = served.certify(officer)
        names = {span.name for span in got.spans}
        item_id = told["item_id"]
    assert {"POST /v1/drafts", "GET /v1/operations/{operation_id}", "certify_item.officer_sign"} <= names
    steps = {span.name for span in got.spans if span.trace_id == trace_of(item_id).trace_id.to_bytes(16, "big")}
    assert "certify_item.deposit" in steps
    assert secrets_in([got.raw.decode("utf-8", errors="replace")]) == set()


def test_missing_packages_are_named_with_the_file_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    monkeypatch.delitem(sys.modules, "api.observe.otlp", raising=False)
    with pytest.raises(BadSetting, match=r"requirements-traces\.lock"):
        open_traces("http://127.0.0.1:4318", worker_name="office", version="1", clock=SystemClock())


@pytest.mark.parametrize("url", ["collector:4318", "ftp://collector", "http://", "https://user:pin@collector"])
def test_address_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(BadSetting, match="VIDIMUS_TRACES_URL") as refused:
        read_settings({"VIDIMUS_TRACES_URL": url})
    assert "pin" not in str(refused.value)
