"""Passkeys in a real browser with a virtual authenticator: made on the account page, then the way in."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.running import Running
from tests.visitors import Authenticator, Visitor, listen


def test_a_passkey_is_made_on_the_account_page_and_signs_in(chromium: Browser, by_name: Running) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    visitor = Visitor(by_name, context, page)
    listen(visitor)
    Authenticator(context, page)
    visitor.sign_in("an")
    visitor.go("/citizen/account")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_selector("form[action='/citizen/account/passkeys/remove']")
    page.get_by_role("button", name="Sign out").click()
    visitor.go("/sign-in?next=/citizen/history")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/citizen/history")
    page.wait_for_load_state("networkidle")
    visitor.go("/citizen/confirm?next=/citizen/shares")
    page.get_by_role("button", name="Confirm with a passkey").click()
    page.wait_for_url("**/citizen/shares")
    assert visitor.complaints == []
    context.close()
