"""The web application: routes, pages, and the rules that hold for every answer."""

from __future__ import annotations

from fastapi import FastAPI

from api.front_door import FrontDoor
from api.handlers import install_problem_handlers
from api.pages import mount_pages
from api.routes import mount_routes
from api.services import Services


def create_app(services: Services) -> FastAPI:
    """Build the application on services that are already open."""
    app = FastAPI(
        title="Vidimus",
        version="1",
        summary="Certified electronic copies: from a paper original to a sealed copy that its holder reuses.",
        # Every address of the application is a route that declares who may use it, the description of the API too.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.services = services
    install_problem_handlers(app)
    app.add_middleware(FrontDoor, services=services)
    mount_routes(app, services)
    mount_pages(app, services)
    return app
