"""`vidimus user`: the people of an agency, their roles, and the accounts they sign in with."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Format, Lang, open_console
from api.cli.office_desk import open_office
from api.cli.place import Place, anywhere
from api.cli.target import open_client
from api.cli.token_group import group as token_group
from api.errors import RequestInvalid
from certify import Role

group = typer.Typer(no_args_is_help=True)
_Login = Annotated[str, typer.Argument(metavar="LOGIN", help="Login name.")]
_Person = Annotated[str, typer.Argument(metavar="LOGIN", help="Login name; with --server the staff id.")]
group.add_typer(token_group, name="token", help="Tokens for programs of a person.")


@group.callback()
def people() -> None:
    """The people of an agency."""


@group.command("add")
@anywhere
def add(
    account: _Login,
    *,
    agency: Annotated[str, typer.Option(help="Code of the agency.")],
    name: Annotated[str, typer.Option(help="Name as it stands under a signature.")],
    position: Annotated[str, typer.Option(help="Position as it stands under a signature.")],
    role: Annotated[list[Role], typer.Option(help="What the person does; give it several times for several roles.")],
    place: Place,
    lang: Lang = None,
) -> None:
    """Add a member of staff with an account; `vidimus user link` gives the first way in."""
    console = open_console(lang)
    asked = {
        "login": account,
        "agency_code": agency,
        "name": name,
        "position": position,
        "roles": [one.value for one in role],
    }
    with open_office(console, place) as office:
        staff_id = office.take_on(asked)
    console.tell("cli.user.added", login=account, agency=agency)
    console.result(staff_id)


@group.command("change")
@anywhere
def change(
    person: _Person,
    *,
    name: Annotated[str | None, typer.Option(help="Name as it stands under a signature.")] = None,
    position: Annotated[str | None, typer.Option(help="Position as it stands under a signature.")] = None,
    role: Annotated[list[Role] | None, typer.Option(help="All roles from now on; give it several times.")] = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Change name, position or roles of a person; an open session is judged by the new ones at once."""
    console = open_console(lang)
    roles = [one.value for one in role] if role else None
    given = {"name": name, "position": position, "roles": roles}
    asked = {field: value for field, value in given.items() if value is not None}
    if not asked:
        raise RequestInvalid("say what changes: --name, --position or --role", field="role")
    with open_office(console, place) as office:
        office.change_person(person, asked)
    console.tell("cli.user.changed", person=person)


@group.command("list")
@anywhere
def list_all(
    *,
    agency: Annotated[
        str | None, typer.Option(help="Code of the agency; with --server the own one when left out.")
    ] = None,
    place: Place,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the staff of an agency."""
    console = open_console(lang)
    with open_office(console, place) as office:
        show_rows(console, office.staff(agency), form=form)


@group.command("link")
@anywhere
def link(person: _Person, *, place: Place, lang: Lang = None) -> None:
    """Print an address that signs this person in once, within an hour; with --server only one who never came in."""
    console = open_console(lang)
    with open_office(console, place) as office:
        console.result(office.invite(person))


@group.command("leave")
@anywhere
def leaves(person: _Person, *, place: Place, lang: Lang = None) -> None:
    """Let a person leave now: account, sessions, tokens, links, passkeys and delegations end in one act.

    Take the key out of use with `vidimus key retire`.
    """
    console = open_console(lang)
    with open_office(console, place) as office:
        office.let_leave(person)
    console.tell("cli.user.left", login=person)


@group.command("sign-in")
def sign_in(
    *,
    server: Annotated[str, typer.Option(metavar="URL", help="The Vidimus to come in at.")],
    login: Annotated[str, typer.Option(metavar="NAME", help="Login name; who is signed in by it must approve.")],
    session_file: Annotated[Path, typer.Option(help="File to keep the session in; nobody else may read it.")],
    look: Annotated[bool, typer.Option("--look", help="Ask for reading only.")] = False,
    lang: Lang = None,
) -> None:
    """Come in by a code that is approved in a browser, and keep the session for the commands of the next minutes.

    For accounts with a passkey or an identity provider. It ends with the step-up of the browser that approved it.
    """
    # Imported for these two alone: who acts at this machine does not wait for what speaks HTTP.
    from api.cli.line_sign_in import come_in_by_browser, keep  # noqa: PLC0415

    console = open_console(lang)
    if session_file.exists():
        raise RequestInvalid(f"{session_file} exists; `vidimus user sign-out` ends what it holds", field="session_file")
    with open_client(console, Place(server), is_public=True) as client:
        session = come_in_by_browser(console, client, server=server, login=login, looks_only=look)
        keep(session_file, client, server=server, session=session)


@group.command("sign-out")
def sign_out(
    *,
    server: Annotated[str, typer.Option(metavar="URL", help="The Vidimus the session is open at.")],
    session_file: Annotated[Path, typer.Option(help="File that `vidimus user sign-in` wrote.")],
    lang: Lang = None,
) -> None:
    """End the session of a file and remove the file; a session that has ended already is no mistake."""
    # As above.
    from api.client import VidimusError  # noqa: PLC0415

    console = open_console(lang)
    with contextlib.suppress(VidimusError), open_client(console, Place(server, session_file=session_file)) as client:
        client.sign_out()
    session_file.unlink()
    console.tell("cli.line.signed_out")
