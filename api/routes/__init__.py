"""The HTTP API: JSON routes under /v1, the log, the embedded authority, and what a watchdog asks."""

from __future__ import annotations

import threading

from fastapi import FastAPI

from api.routes import drafts, operations, sessions, verifications
from api.services import Services

__all__ = ["mount_routes"]


def mount_routes(app: FastAPI, services: Services) -> None:
    """Put every route of the API into the application."""
    app.state.verification_places = threading.BoundedSemaphore(verifications.VERIFICATION_PLACES)
    for module in (sessions, drafts, operations, verifications):
        app.include_router(module.router)
