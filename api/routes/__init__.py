"""The HTTP API: JSON routes under /v1, the log, the embedded authority, and what a watchdog asks."""

from __future__ import annotations

import threading

import anyio
from fastapi import FastAPI

from api.routes import (
    administration,
    approvals,
    audit,
    batches,
    books,
    corrections,
    counter,
    desk,
    drafts,
    establishment,
    feedback,
    figures,
    four_eyes,
    handover,
    health,
    key_inventory,
    line_sign_ins,
    linked,
    log,
    mandates,
    metrics,
    notices,
    openapi,
    operations,
    own_cases,
    packages,
    paper_copies,
    paper_requests,
    passkeys,
    payments,
    population,
    procedures,
    received,
    records,
    recoveries,
    reforms,
    register,
    renewals,
    results,
    retention,
    seals,
    sessions,
    sharing,
    submissions,
    taking,
    tokens,
    trust,
    tus,
    verifications,
    webhooks,
)
from api.routes.cursors import open_cursors
from api.routes.sent_scans import INTAKE_PLACES
from api.services import Services
from vault import Tree, open_store

__all__ = ["add_routes", "mount_routes"]


def mount_routes(app: FastAPI, services: Services) -> None:
    """Put every route of the API into the application, with what they share."""
    app.state.verification_places = threading.BoundedSemaphore(verifications.VERIFICATION_PLACES)
    app.state.intake_places = anyio.Semaphore(INTAKE_PLACES)
    app.state.upload_threads = anyio.CapacityLimiter(tus.UPLOAD_THREADS)
    app.state.cursors = open_cursors(services)
    # Only the tree of certifications is public; its checkpoints name the root of the other.
    app.state.log_store = open_store(services.home.log / Tree.CERTIFICATIONS.value.lower())
    add_routes(app)


def add_routes(app: FastAPI) -> None:
    """Add every route of the API; enough to describe it."""
    for module in (
        sessions,
        line_sign_ins,
        passkeys,
        recoveries,
        tokens,
        drafts,
        paper_copies,
        approvals,
        batches,
        seals,
        operations,
        register,
        books,
        corrections,
        audit,
        records,
        taking,
        mandates,
        sharing,
        procedures,
        paper_requests,
        submissions,
        linked,
        received,
        feedback,
        packages,
        notices,
        results,
        population,
        payments,
        counter,
        handover,
        own_cases,
        desk,
        webhooks,
        verifications,
        log,
        trust,
        tus,
        administration,
        reforms,
        retention,
        renewals,
        figures,
        establishment,
        four_eyes,
        key_inventory,
        health,
        metrics,
        openapi,
    ):
        # As they are: to include a router builds each of its routes anew, and asks router by router for every request.
        app.router.routes.extend(module.router.routes)
