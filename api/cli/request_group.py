"""`vidimus request` and `vidimus duty`: an agency asks and a holder decides; codes of the counter; access by a duty of law."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.books import show_rows
from api.cli.console import Console, Form, Format, Lang, open_console
from api.cli.either import open_either
from api.cli.outputs import new_file
from api.cli.place import Place, anywhere
from api.cli.request_desk import RequestDesk, RequestsThere, requests_here
from api.cli.target import Row
from api.errors import RequestInvalid

request_group = typer.Typer(no_args_is_help=True)
duty_group = typer.Typer(no_args_is_help=True)
_Agency = Annotated[str | None, typer.Option("--agency", metavar="CODE", help="Code of the agency; not with --server.")]
_Holder = Annotated[str | None, typer.Option("--holder", metavar="ID", help="Id of the holder; not with --server.")]
_Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Number of the holder.")]
_Procedure = Annotated[str, typer.Argument(metavar="PROCEDURE", help="Id of the procedure.")]
_Request = Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request.")]
_CodeFile = Annotated[Path, typer.Option(help="File with the link or the secret of the code that was scanned.")]
_SHOWN: Final = ("request_id", "way", "state", "agency_code", "procedure_id", "expires_at", "submission_id")
_OPEN: Final = frozenset({"OPEN", "PENDING"})
_POLL_SECONDS: Final = 2.0


@request_group.callback()
def requests() -> None:
    """Requests for papers, from both sides."""


@request_group.command("ask")
@anywhere
def ask(
    number: _Number,
    procedure_id: _Procedure,
    *,
    assisted: Annotated[
        bool, typer.Option("--assisted", help="For a person without a phone; a helper confirms it then.")
    ] = False,
    agency: _Agency = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Ask the holder of a number for the papers of a procedure; nothing is opened by it."""
    console = open_console(lang)
    asked = {"holder_number": number, "procedure_id": procedure_id}
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        _show(console, [desk.ask(agency, asked, assisted=assisted)], form=form)


@request_group.command("list")
@anywhere
def list_ours(*, agency: _Agency = None, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """List what the agency asked, newest first."""
    console = open_console(lang)
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        _show(console, desk.ours(agency), form=form)


@request_group.command("show")
@anywhere
def show(
    request_id: _Request, *, agency: _Agency = None, place: Place, form: Form = Format.TEXT, lang: Lang = None
) -> None:
    """Show one request of the agency and how it stands."""
    console = open_console(lang)
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        _show(console, [desk.one_of_ours(agency, request_id)], form=form)


@request_group.command("assist")
@anywhere
def assist(
    request_id: _Request,
    *,
    counter: Annotated[str, typer.Option(help="Where the person agreed.")],
    spoken: Annotated[str, typer.Option(help="Language in which it was read aloud, such as vi.")] = "vi",
    slip: Annotated[
        str | None, typer.Option(metavar="SHA256", help="Digest of the signed slip that was scanned.")
    ] = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Confirm as a helper that the person agreed; only at a server, in a session of one's own (--login)."""
    console = open_console(lang)
    asked = {"counter": counter, "language": spoken, "slip_sha256": slip}
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        filed = desk.assist(request_id, asked)
    show_rows(console, [{key: filed[key] for key in ("submission_id", "procedure_id", "step")}], form=form)


@request_group.command("counter-code")
@anywhere
def counter_code(
    procedure_id: _Procedure,
    *,
    wait: Annotated[bool, typer.Option(help="Stay until the holder decided or two minutes are over.")] = True,
    agency: _Agency = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Show a code with its two words; at a server it ends with the sign-in of this command, so the command waits."""
    console = open_console(lang)
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        shown = desk.show_code(agency, procedure_id)
        request = shown["request"]
        console.result(f"{shown['link']}  {request['words']}")
        if wait:
            request = _wait(desk, agency, request)
    _show(console, [request], form=form)


@request_group.command("take-phone-code")
@anywhere
def take_phone_code(
    procedure_id: _Procedure,
    *,
    code_file: _CodeFile,
    agency: _Agency = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Take the code that a holder's phone shows, and wait for the holder's yes or no by the two words told here."""
    console = open_console(lang)
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        request = desk.take_code(agency, {"token": _secret(code_file), "procedure_id": procedure_id})
        console.result(str(request["words"]))
        request = _wait(desk, agency, request)
    _show(console, [request], form=form)


@request_group.command("mine")
@anywhere
def list_mine(*, holder_id: _Holder = None, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """List what agencies asked of a holder, newest first."""
    console = open_console(lang)
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        _show(console, desk.mine(holder_id), form=form)


@request_group.command("card")
@anywhere
def card(
    request_id: _Request, *, holder_id: _Holder = None, place: Place, form: Form = Format.JSON, lang: Lang = None
) -> None:
    """Show a request as its holder decides on it: what is asked, and what the vault has for it."""
    console = open_console(lang)
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        found = desk.card(holder_id, request_id)
    show_rows(console, found["match"]["outcomes"] if form is Format.TEXT else [found], form=form)


@request_group.command("approve")
@anywhere
def approve(
    request_id: _Request,
    chosen: Annotated[
        list[str] | None, typer.Argument(metavar="REQUIREMENT=RECORD", help="Which paper for which requirement.")
    ] = None,
    *,
    consent: Annotated[
        bool, typer.Option("--consent", help="The holder agrees that the agency fetches these.")
    ] = False,
    words: Annotated[str, typer.Option(help="The two words on the counter's screen, where a code was taken.")] = "",
    bring: Annotated[list[str] | None, typer.Option(help="A requirement whose paper is brought in person.")] = None,
    holder_id: _Holder = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Approve a request with consent; wrong words close it for good. At a server only by --login."""
    console = open_console(lang)
    pairs = [one.partition("=") for one in chosen or ()]
    if not all(is_pair for _, is_pair, _ in pairs):
        raise RequestInvalid("name papers as REQUIREMENT=RECORD", field="chosen")
    asked: Row = {"chosen": {name: record for name, _, record in pairs}, "brought_in_person": list(bring or ())}
    asked |= {"consent": consent, "words": words}
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        filed = desk.approve(holder_id, request_id, asked)
    show_rows(console, [{key: filed[key] for key in ("submission_id", "procedure_id", "step")}], form=form)


@request_group.command("decline")
@anywhere
def decline(
    request_id: _Request,
    *,
    reason: Annotated[str, typer.Option(help="Why; the agency reads it.")] = "",
    holder_id: _Holder = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Decline a request: nothing is opened, and the agency is told so."""
    console = open_console(lang)
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        _show(console, [desk.decline(holder_id, request_id, reason)], form=form)


@request_group.command("phone-code")
@anywhere
def phone_code(*, holder_id: _Holder = None, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """Make a code that a holder shows to the counter; it is good for two minutes, once."""
    console = open_console(lang)
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        shown = desk.show_code(holder_id, None)
    row = {"request_id": shown["request"]["request_id"], "link": shown["link"]}
    show_rows(console, [row if form is Format.TEXT else shown], form=form)


@request_group.command("take-counter-code")
@anywhere
def take_counter_code(
    *,
    code_file: _CodeFile,
    holder_id: _Holder = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Take the code of the counter as a holder; nothing is sent by it: approve or decline the request then."""
    console = open_console(lang)
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        found = desk.take_code(holder_id, {"token": _secret(code_file)})
    if form is Format.TEXT:
        _show(console, [found["request"]], form=form)
    else:
        show_rows(console, [found], form=form)


@duty_group.callback()
def duties() -> None:
    """Access by a duty of law, without consent; the holder is told."""


@duty_group.command("open")
@anywhere
def open_by_duty(
    number: _Number,
    duty_id: Annotated[str, typer.Argument(metavar="DUTY", help="Id of the article in dossiers/duties.yaml.")],
    doc_type: Annotated[str, typer.Argument(metavar="TYPE", help="Type of the papers.")],
    *,
    case_number: Annotated[str, typer.Option("--case", help="Number of the case it is for.")],
    agency: _Agency = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Open the papers of one type by an article in force; at a server only by --login, as a certifier."""
    console = open_console(lang)
    asked = {"holder_number": number, "duty_id": duty_id, "doc_type": doc_type, "case_number": case_number}
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk:
        opened = desk.open_by_duty(agency, asked)
    row = {"grant_id": opened["grant_id"], "records": ",".join(opened["record_ids"]), "until": opened["expires_at"]}
    show_rows(console, [row if form is Format.TEXT else opened], form=form)


@duty_group.command("fetch")
@anywhere
def fetch_by_duty(
    grant_id: Annotated[str, typer.Argument(metavar="GRANT", help="Id of the access.")],
    record_id: Annotated[str, typer.Argument(metavar="RECORD", help="Id of the paper.")],
    *,
    out: Annotated[Path, typer.Option(help="Where the file is written; a file that is there stays.")],
    agency: _Agency = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Fetch one paper that a duty opened, byte for byte; the holder sees each fetch."""
    console = open_console(lang)
    with open_either(console, place, here=requests_here, there=RequestsThere) as desk, new_file(out) as target:
        desk.write_by_duty(agency, grant_id, record_id, target)
    console.result(str(out))


def _show(console: Console, found: list[Row], *, form: Format) -> None:
    shown = [{key: one[key] for key in _SHOWN} for one in found]
    show_rows(console, shown if form is Format.TEXT else found, form=form)


def _wait(desk: RequestDesk, agency: str | None, request: Row) -> Row:
    while request["state"] in _OPEN:
        time.sleep(_POLL_SECONDS)
        request = desk.one_of_ours(agency, request["request_id"])
    return request


def _secret(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
