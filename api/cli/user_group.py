"""`vidimus user`: the people of an agency, their roles, and the accounts they sign in with."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

import typer
from sqlalchemy.engine import Connection

from api.cli.books import open_books, show_rows, staff_id_of
from api.cli.console import Format, Language, open_console
from api.errors import LoginRefused, RequestInvalid
from api.identity import Door, create_account, create_login_link, find_account
from certify import Role, StaffMember, add_staff, get_agency, leave, list_staff

group = typer.Typer(no_args_is_help=True)
_Login = Annotated[str, typer.Argument(help="Login name.")]
_Lang = Annotated[Language | None, typer.Option(help="Language of messages.")]
_LINK_LIFETIME: Final = timedelta(hours=1)


@group.callback()
def people() -> None:
    """The people of an agency."""


@group.command("add")
def add(
    login: _Login,
    *,
    agency: Annotated[str, typer.Option(help="Code of the agency.")],
    name: Annotated[str, typer.Option(help="Name as it stands under a signature.")],
    position: Annotated[str, typer.Option(help="Position as it stands under a signature.")],
    role: Annotated[list[Role], typer.Option(help="What the person does; give it several times for several roles.")],
    lang: _Lang = None,
) -> None:
    """Add a member of staff with an account; `vidimus user link` gives the first way in."""
    console = open_console(lang)
    with open_books(console) as books, books.database.transaction() as tx:
        get_agency(tx, agency)
        _check_free(tx, login)
        member = StaffMember(books.new_id(), agency, name, position, frozenset(role), None)
        add_staff(tx, member)
        create_account(
            tx,
            door=Door.STAFF,
            subject_id=member.staff_id,
            login=login,
            password=None,
            at=books.clock.now(),
            random_bytes=books.random_bytes,
        )
    console.tell("cli.user.added", login=login, agency=agency)
    console.result(member.staff_id)


@group.command("list")
def list_all(
    *,
    agency: Annotated[str, typer.Option(help="Code of the agency.")],
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: _Lang = None,
) -> None:
    """List the staff of an agency."""
    console = open_console(lang)
    with open_books(console) as books, books.database.read() as tx:
        get_agency(tx, agency)
        found = list_staff(tx, agency_code=agency)
    rows = [
        {
            "staff_id": member.staff_id,
            "name": member.display_name,
            "position": member.position,
            "roles": ",".join(sorted(role.value for role in member.roles)),
            "key": member.key_id,
            "left_at": member.left_at.isoformat() if member.left_at else None,
        }
        for member in found
    ]
    show_rows(console, rows, form=form)


@group.command("link")
def link(login: _Login, *, lang: _Lang = None) -> None:
    """Print an address that signs this person in once, within an hour."""
    console = open_console(lang)
    with open_books(console) as books, books.database.transaction() as tx:
        staff_id_of(tx, login)
        token = create_login_link(
            tx,
            account_id=find_account(tx, login).account_id,
            at=books.clock.now(),
            lifetime=_LINK_LIFETIME,
            random_bytes=books.random_bytes,
        )
    console.result(f"{console.settings.base_url}/in/{token}")


@group.command("leave")
def leaves(login: _Login, *, lang: _Lang = None) -> None:
    """Let a person leave now: every delegation ends with it. Take the key out of use with `vidimus key retire`."""
    console = open_console(lang)
    with open_books(console) as books, books.database.transaction() as tx:
        leave(tx, staff_id_of(tx, login), at=books.clock.now())
    console.tell("cli.user.left", login=login)


def _check_free(tx: Connection, login: str) -> None:
    try:
        find_account(tx, login)
    except LoginRefused:
        return
    raise RequestInvalid(f"the name {login} is taken; choose another", field="login")
