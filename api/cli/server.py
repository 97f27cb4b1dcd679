"""Run the web application until somebody stops it."""

from __future__ import annotations

import signal
import sys
import tempfile
from typing import Final

import uvicorn

from api.app import create_app
from api.logs import log_as_json
from api.services import Services
from api.serving import server_config

# Of five milliseconds, the interpreter's own choice, a question that crosses threads a few times waits for most of them
# while uploads keep other threads busy.
_SWITCH_SECONDS: Final = 0.0005


def run_server(services: Services) -> None:
    """Serve the three doors; returns after Ctrl+C or a termination signal, with open requests answered."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    log_as_json()
    # The framework lays large forms aside where temporary files lie: in the home, not in memory that looks like a disk.
    tempfile.tempdir = str(services.home.spool)
    config = server_config(create_app(services), host=services.settings.host, port=services.settings.port)
    # The server raises the signal that stopped it once more when it has closed; without these two lines that would
    # end the process before keys, children and the database are closed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    uvicorn.Server(config).run()
