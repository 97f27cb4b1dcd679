"""The pages of the three doors: templates, style, and thin handlers that call the acts."""

from __future__ import annotations

from fastapi import FastAPI

from api.pages import assets, citizen, procedures, public, received, sign_in, staff, staff_forms
from api.pages.render import make_renderer, problem_page
from api.services import Services

__all__ = ["mount_pages", "problem_page"]


def mount_pages(app: FastAPI, services: Services) -> None:
    """Put every page of every door into the application."""
    app.state.assets = assets.read_assets()
    app.state.renderer = make_renderer(services.messages, assets=app.state.assets)
    for module in (assets, public, sign_in, staff, staff_forms, received, citizen, procedures):
        app.include_router(module.router)
