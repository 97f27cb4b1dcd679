"""Somebody with a browser at the doors of a served office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from playwright.sync_api import BrowserContext, Page, Response

from api.identity import create_login_link, find_account
from tests.running import Running

PHONE, DESK = 360, 1280


@dataclass
class Visitor:
    """One person with one browser window; `complaints` are console errors, policy violations and failed requests."""

    office: Running
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    allowed_statuses: set[int] = field(default_factory=set)
    beside: tuple[str, ...] = ()
    """Origins on the visitor's own machine that a page may speak to."""

    def go(self, path: str) -> Response:
        """Open a page of the office."""
        answer = self.page.goto(self.office.base_url + path)
        assert answer is not None
        return answer

    def sign_in(self, login: str) -> None:
        """Come in by a single-use link, as the demonstration prints it."""
        services = self.office.services
        with services.database.transaction() as tx:
            account = find_account(tx, login)
            token = create_login_link(
                tx,
                account_id=account.account_id,
                at=services.clock.now(),
                lifetime=timedelta(minutes=5),
                random_bytes=services.random_bytes,
            )
        self.go(f"/in/{token}")

    def is_too_wide(self) -> bool:
        """Whether the page scrolls sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


Visit = Callable[..., Visitor]


class Authenticator:
    """A virtual authenticator of Chromium that keeps passkeys and verifies its user, in one window."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self._session = context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self._id = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def knows_its_user(self, *, known: bool) -> None:
        """Whether the finger is recognised from now on."""
        self._session.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": known})


def listen(visitor: Visitor) -> None:
    """Write down what the browser complains about."""
    page = visitor.page

    def answered(response: Response) -> None:
        if response.status >= 400 and response.status not in visitor.allowed_statuses:
            visitor.complaints.append(f"{response.status} {response.url}")
        if not response.url.removeprefix("blob:").startswith((visitor.office.base_url, *visitor.beside)):
            visitor.complaints.append(f"third party: {response.url}")

    def told(kind: str, text: str) -> None:
        # A refused form is a page with its status; the console repeats the status, which was judged above.
        if kind in {"error", "warning"} and not text.startswith("Failed to load resource"):
            visitor.complaints.append(text)

    page.on("response", answered)
    page.on("console", lambda message: told(message.type, message.text))
    page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
