"""`vidimus serve` and `vidimus worker`: the doors, and the work behind them."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from typing import Annotated

import typer

from api.cli.console import Language, open_console
from api.cli.server import run_server
from api.publishing import publish_on_time
from api.services import open_services


def serve(
    *,
    port: Annotated[int | None, typer.Option(help="Port to listen on (VIDIMUS_PORT).")] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Open the three doors, with the worker in the same process."""
    console = open_console(lang)
    settings = replace(console.settings, port=port) if port else console.settings
    with open_services(settings) as services:
        publish_on_time(services)
        console.tell("cli.serving", url=settings.base_url, isolation=services.isolation.isolation.value)
        run_server(services)


def worker(
    *,
    name: Annotated[
        str | None, typer.Option(help="Stable name; a restarted worker resumes the work of its name.")
    ] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Do the work behind the doors until somebody stops it."""
    console = open_console(lang)
    settings = replace(console.settings, worker_name=name) if name else console.settings
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopping.set())
    with open_services(settings) as services:
        publish_on_time(services)
        console.tell("cli.working", name=settings.worker_name)
        stopping.wait()
