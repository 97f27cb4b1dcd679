"""The menu leads nobody to a closed door, and everybody to the doors that are theirs."""

from __future__ import annotations

import pytest

from api.access import STAFF_ROLES, Role, declaration_of
from api.identity import Door
from api.pages.menu import MENU, first_page, links_for
from api.routes.openapi import api_routes
from certify import Role as StaffRole
from tests.running import Running


def test_an_entry_is_shown_to_exactly_those_whose_page_it_is(running: Running) -> None:
    pages = {route.path: route for route in api_routes(running.app) if "GET" in (route.methods or ())}
    for door in Door:
        for link in MENU[door]:
            declared = declaration_of(pages[link.href])
            assert declared is not None
            if Role.ANYONE in declared.roles or link.href == "/staff":
                continue
            assert link.roles == declared.roles, link.href


def test_every_page_of_the_menu_opens_for_each_role(running: Running) -> None:
    for role in StaffRole:
        running.enrol(f"menu-{role.value}", "THIDU", role)
        with running.client(f"menu-{role.value}") as somebody:
            home = somebody.get("/staff", follow_redirects=True)
            assert home.status_code == 200, role
            for link in links_for(Door.STAFF, frozenset({Role(role.value)})):
                assert somebody.get(link.href).status_code == 200, (role, link.href)
                assert f'href="{link.href}"' in home.text, (role, link.href)


def test_an_auditor_finds_the_audit_and_a_keeper_the_seals(running: Running) -> None:
    shown = {role: {link.href for link in links_for(Door.STAFF, frozenset({role}))} for role in STAFF_ROLES}
    assert {role for role, links in shown.items() if "/staff/audit" in links} == {Role.AUDITOR}
    assert {role for role, links in shown.items() if "/staff/seals" in links} == {Role.SEAL_KEEPER}


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_everybody_begins_at_a_page_of_their_own(role: Role) -> None:
    assert first_page(frozenset({role})).startswith("/staff")


def test_whoever_has_no_role_left_begins_at_a_page_of_nobody() -> None:
    assert first_page(frozenset()) == "/verify"
