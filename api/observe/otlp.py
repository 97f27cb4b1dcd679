"""Spans by OTLP over HTTP; this module alone knows OpenTelemetry, and is imported only when traces are wanted.

Facts relied on: OpenTelemetry semantic conventions for HTTP servers; OTLP/HTTP takes traces at `/v1/traces`. The
exporter sends from a thread of its own and drops what a collector does not take: no request and no step waits for it.
"""

from __future__ import annotations

from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from certify.pipeline import Progress
from guard import Clock

_TIMEOUT_SECONDS: Final = 5
_NANO: Final = 1_000_000_000
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class OtlpTraces:
    """The spans of one process."""

    def __init__(self, url: str, *, worker_name: str, version: str, clock: Clock) -> None:
        """Begin to send to a collector, whose answer is never waited for."""
        told = {"service.name": "vidimus", "service.version": version, "service.instance.id": worker_name}
        self._provider = TracerProvider(resource=Resource(told), span_limits=SpanLimits(max_span_attributes=8))
        exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=_TIMEOUT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("vidimus")
        self._clock = clock

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Note an answer by the pattern of its route."""
        ended = self._now()
        span = self._tracer.start_span(
            f"{method} {route}",
            kind=SpanKind.SERVER,
            start_time=ended - int(seconds * _NANO),
            attributes={"http.request.method": method, "http.route": route, "http.response.status_code": status},
        )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)

    def step_done(self, progress: Progress) -> None:
        """Note a step in the trace of its original."""
        ended = self._now()
        span = self._tracer.start_span(
            f"{progress.workflow}.{progress.step}",
            context=set_span_in_context(NonRecordingSpan(trace_of(progress.item_id))),
            start_time=ended - int(progress.seconds * _NANO),
            attributes={"vidimus.item_id": progress.item_id},
        )
        span.end(ended)

    def close(self) -> None:
        """Send what waits, for a few seconds at most, and end."""
        self._provider.shutdown()

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * _NANO)


def trace_of(item_id: str) -> SpanContext:
    """Give the trace of an original: the 128 bits of its ULID; its later half stands for the span that began it."""
    bits = 0
    for letter in item_id:
        bits = bits << 5 | _CROCKFORD.index(letter)
    return SpanContext(bits, (bits & (1 << 64) - 1) or 1, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
