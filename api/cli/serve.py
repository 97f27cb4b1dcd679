"""`vidimus serve` and `vidimus worker`: the doors, and the work behind them."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from typing import Annotated

import typer

from api.cli.console import Language, open_console
from api.cli.heap import hold_heap_together
from api.cli.server import run_server
from api.logs import log_as_json
from api.publishing import publish_on_time
from api.services import open_services
from api.working import Part


def serve(
    *,
    port: Annotated[int | None, typer.Option(help="Port to listen on (VIDIMUS_PORT).")] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Open the three doors, with the worker in the same process unless VIDIMUS_WORK_ELSEWHERE says otherwise."""
    console = open_console(lang)
    settings = replace(console.settings, port=port) if port else console.settings
    hold_heap_together()
    part = Part.DOORS if settings.works_elsewhere else Part.WORK
    with open_services(settings, part=part) as services:
        if part is Part.WORK:
            publish_on_time(services)
        told = "cli.serving" if part is Part.WORK else "cli.serving_doors"
        console.tell(told, url=settings.base_url, isolation=services.isolation.isolation.value)
        run_server(services)


def worker(
    *,
    name: Annotated[
        str | None, typer.Option(help="Stable name; a restarted worker resumes the work of its name.")
    ] = None,
    adopt: Annotated[
        str | None,
        typer.Option(help="Do what the dead worker of this name left behind, once its lease is over, and end."),
    ] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Do the work behind the doors until somebody stops it."""
    console = open_console(lang)
    hold_heap_together()
    chosen = adopt or name
    settings = replace(console.settings, worker_name=chosen) if chosen else console.settings
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopping.set())
    log_as_json()
    if adopt:
        console.tell("cli.waiting_for_lease", name=adopt)
    with open_services(settings, part=Part.ADOPT if adopt else Part.WORK) as services:
        if adopt:
            if services.pipeline.drain(adopt, is_over=stopping.is_set):
                console.tell("cli.drained", name=adopt)
            return
        publish_on_time(services)
        console.tell("cli.working", name=settings.worker_name)
        stopping.wait()
