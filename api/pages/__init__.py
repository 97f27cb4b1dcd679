"""The pages of the three doors: templates, style, and thin handlers that call the acts."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from api.identity import Door
from api.pages.account import account_router
from api.pages.account_factors import factors_router
from api.pages.approving import router as approving_router
from api.pages.asking import router as asking_router
from api.pages.assets import read_assets
from api.pages.assets import router as assets_router
from api.pages.audit import router as audit_router
from api.pages.batches import router as batches_router
from api.pages.cases import router as cases_router
from api.pages.citizen import router as citizen_router
from api.pages.consents import router as consents_router
from api.pages.feedback import router as feedback_router
from api.pages.figures import router as figures_router
from api.pages.four_eyes import router as four_eyes_router
from api.pages.handover import router as handover_router
from api.pages.intake import router as intake_router
from api.pages.jobs import router as jobs_router
from api.pages.kiosk import router as kiosk_router
from api.pages.line_sign_in import line_router as make_line_router
from api.pages.line_sign_in import router as to_line_router
from api.pages.linked import router as linked_router
from api.pages.look_up import router as look_up_router
from api.pages.notices import router as notices_router
from api.pages.oidc import oidc_router
from api.pages.oidc import router as callback_router
from api.pages.own_cases import router as own_cases_router
from api.pages.own_requests import router as own_requests_router
from api.pages.packages import router as packages_router
from api.pages.page_tools import router as page_tools_router
from api.pages.payments import router as payments_router
from api.pages.people import router as people_router
from api.pages.procedures import router as procedures_router
from api.pages.public import router as public_router
from api.pages.received import router as received_router
from api.pages.reform import router as reform_router
from api.pages.register_books import router as books_router
from api.pages.register_line import router as line_router
from api.pages.render import make_renderer, problem_page
from api.pages.retention import router as retention_router
from api.pages.seals import router as seals_router
from api.pages.shared import router as shared_router
from api.pages.sign_in import router as sign_in_router
from api.pages.staff import router as staff_router
from api.pages.staff_forms import router as staff_forms_router
from api.pages.staff_keys import router as staff_keys_router
from api.pages.staff_people import router as staff_people_router
from api.pages.systems import router as systems_router
from api.pages.taking import router as taking_router
from api.pages.tickets import router as tickets_router
from api.services import Services

__all__ = ["mount_pages", "problem_page"]

_ROUTERS: Final = (
    assets_router,
    public_router,
    kiosk_router,
    asking_router,
    own_requests_router,
    own_cases_router,
    shared_router,
    sign_in_router,
    callback_router,
    *(make(door) for door in Door for make in (account_router, factors_router, make_line_router, oidc_router)),
    to_line_router,
    staff_router,
    intake_router,
    page_tools_router,
    jobs_router,
    staff_people_router,
    staff_keys_router,
    systems_router,
    staff_forms_router,
    approving_router,
    books_router,
    line_router,
    cases_router,
    payments_router,
    handover_router,
    batches_router,
    seals_router,
    four_eyes_router,
    audit_router,
    figures_router,
    retention_router,
    reform_router,
    received_router,
    packages_router,
    consents_router,
    citizen_router,
    people_router,
    taking_router,
    tickets_router,
    procedures_router,
    linked_router,
    feedback_router,
    notices_router,
    look_up_router,
)


def mount_pages(app: FastAPI, services: Services) -> None:
    """Put every page of every door into the application."""
    app.state.assets = read_assets()
    app.state.renderer = make_renderer(services.messages, assets=app.state.assets)
    for router in _ROUTERS:
        # As they are, like those of the API.
        app.router.routes.extend(router.routes)
