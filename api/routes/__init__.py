"""The HTTP API: JSON routes under /v1, the log, the embedded authority, and what a watchdog asks."""

from __future__ import annotations

import threading

from fastapi import FastAPI

from api.routes import (
    approvals,
    drafts,
    health,
    log,
    openapi,
    operations,
    received,
    records,
    register,
    sessions,
    sharing,
    submissions,
    trust,
    verifications,
)
from api.services import Services
from vault import Tree, open_store

__all__ = ["mount_routes"]


def mount_routes(app: FastAPI, services: Services) -> None:
    """Put every route of the API into the application."""
    app.state.verification_places = threading.BoundedSemaphore(verifications.VERIFICATION_PLACES)
    # Only the tree of certifications is public; its checkpoints name the root of the other.
    app.state.log_store = open_store(services.home.log / Tree.CERTIFICATIONS.value.lower())
    for module in (
        sessions,
        drafts,
        approvals,
        operations,
        register,
        records,
        sharing,
        submissions,
        received,
        verifications,
        log,
        trust,
        health,
        openapi,
    ):
        app.include_router(module.router)
