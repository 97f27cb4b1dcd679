"""The pages of the three doors: templates, style, and thin handlers that call the acts."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from api.pages.assets import read_assets
from api.pages.assets import router as assets_router
from api.pages.citizen import router as citizen_router
from api.pages.procedures import router as procedures_router
from api.pages.public import router as public_router
from api.pages.received import router as received_router
from api.pages.render import make_renderer, problem_page
from api.pages.sign_in import router as sign_in_router
from api.pages.staff import router as staff_router
from api.pages.staff_forms import router as staff_forms_router
from api.services import Services

__all__ = ["mount_pages", "problem_page"]

_ROUTERS: Final = (
    assets_router,
    public_router,
    sign_in_router,
    staff_router,
    staff_forms_router,
    received_router,
    citizen_router,
    procedures_router,
)


def mount_pages(app: FastAPI, services: Services) -> None:
    """Put every page of every door into the application."""
    app.state.assets = read_assets()
    app.state.renderer = make_renderer(services.messages, assets=app.state.assets)
    for router in _ROUTERS:
        app.include_router(router)
