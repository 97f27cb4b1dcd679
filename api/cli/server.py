"""Run the web application until somebody stops it."""

from __future__ import annotations

import signal

import uvicorn

from api.app import create_app
from api.services import Services


def run_server(services: Services) -> None:
    """Serve the three doors; returns after Ctrl+C or a termination signal, with open requests answered."""
    config = uvicorn.Config(
        create_app(services),
        host=services.settings.host,
        port=services.settings.port,
        log_level="warning",
        server_header=False,
        date_header=True,
        # Nobody in front of us may speak for another address unless a proxy is configured.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    # The server raises the signal that stopped it once more when it has closed; without these two lines that would
    # end the process before keys, children and the database are closed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    uvicorn.Server(config).run()
