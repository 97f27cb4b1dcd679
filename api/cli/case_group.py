"""`vidimus case`: open a case, do something to it, its slip, reuse before a fee, and the cashier's day."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.acts.cases import CaseAct
from api.cli.books import show_rows
from api.cli.case_desk import SandboxPayer, open_case_desk
from api.cli.console import Form, Format, Lang, open_console
from api.cli.dossier_groups import case_group as group
from api.cli.outputs import new_file
from api.cli.place import Place, anywhere
from api.cli.target import Row
from certify import Channel
from certify.case import Delivery
from certify.counter import AgreedBy, Power, ReuseChoice, SeenBy
from certify.outside import PaymentMethod

__all__ = ["group"]

As = Annotated[
    str | None, typer.Option("--as", metavar="LOGIN", help="Who acts; not with --server, where the way in says it.")
]
CaseId = Annotated[str, typer.Argument(help="Id of the case.")]
ItemId = Annotated[str, typer.Argument(help="Id of the original.")]
Out = Annotated[Path, typer.Option(help="Where the PDF is written; a file that is there stays.")]


@group.command("open")
@anywhere
def open_case(
    number: Annotated[str, typer.Argument(help="Number of the person at the counter.")],
    originals: Annotated[list[str], typer.Argument(metavar="TYPE[=COPIES]...", help="What is to be certified.")],
    *,
    seen_by: Annotated[SeenBy, typer.Option(help="How the identity was seen.")],
    name: Annotated[str, typer.Option(help="The name, for a person without a vault.")] = "",
    born: Annotated[str | None, typer.Option(help="Birth date, for example 1990-01-02.")] = None,
    card_file: Annotated[Path | None, typer.Option(help="File with the code of the identity card.")] = None,
    holder: Annotated[str | None, typer.Option(help="Number of whose vault it is, when it is another.")] = None,
    holder_name: Annotated[str, typer.Option(help="That person's name.")] = "",
    power: Annotated[Power | None, typer.Option(help="By what the person acts for another.")] = None,
    power_paper: Annotated[str, typer.Option(help="Number and date of that paper.")] = "",
    channel: Annotated[Channel, typer.Option(help="How it came in.")] = Channel.COUNTER,
    delivery: Annotated[Delivery, typer.Option(help="How the copies are given.")] = Delivery.VAULT,
    email: Annotated[str, typer.Option(help="Where a link is mailed to.")] = "",
    address_file: Annotated[Path | None, typer.Option(help="File with the address to which copies are posted.")] = None,
    letter: Annotated[
        str | None, typer.Option(metavar="CARRIER:NUMBER:DAY", help="The letter that brought the original.")
    ] = None,
    helper: Annotated[str | None, typer.Option(help="Staff id of who helps the citizen.")] = None,
    agreed_by: Annotated[AgreedBy, typer.Option(help="How the citizen agreed to be helped.")] = AgreedBy.COUNTER_SCREEN,
    responsible: Annotated[str | None, typer.Option(help="Code of the agency that is responsible.")] = None,
    appointment: Annotated[str | None, typer.Option(help="When the person comes, with its offset.")] = None,
    officer: As = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Open a case with its people; the vault is asked for each original before a fee is due."""
    console = open_console(lang)
    presenter: Row = {"number": number, "name": name, "seen_by": seen_by.value, "power_paper": power_paper}
    presenter |= {"birth_date": born} if born else {}
    presenter |= {"power": power.value} if power else {}
    asked: Row = {
        "presenter": presenter,
        "originals": [original_of(one) for one in originals],
        "channel": channel.value,
        "delivery": delivery.value,
    }
    if holder:
        person = {"number": holder, "name": holder_name}
        asked |= {"requester": person, "holder": person}
    address = address_file.read_text(encoding="utf-8") if address_file else ""
    asked |= {"terms": {"email": email, "address": address, "language": console.language}}
    asked |= {"arrival": _letter(letter)} if letter else {}
    helped = {"helper_id": helper, "agreed_by": agreed_by.value, "language": console.language}
    asked |= {"assistance": helped} if helper else {}
    asked |= {"responsible_agency": responsible} if responsible else {}
    asked |= {"appointment_at": appointment} if appointment else {}
    asked |= {"card": card_file.read_text(encoding="utf-8").strip()} if card_file else {}
    with open_case_desk(console, place, officer=officer) as desk:
        show_rows(console, [desk.open(asked)], form=form)


@group.command("show")
@anywhere
def show_case(
    case_id: CaseId, *, officer: As = None, place: Place, form: Form = Format.JSON, lang: Lang = None
) -> None:
    """Give a case with its people (without names), clock, claim, originals and history."""
    console = open_console(lang)
    with open_case_desk(console, place, officer=officer) as desk:
        show_rows(console, [desk.show(case_id)], form=form)


@group.command("act")
@anywhere
def act_on_case(
    case_id: CaseId,
    which: Annotated[CaseAct, typer.Argument(help="What is done.")],
    *,
    code: Annotated[str | None, typer.Option(help="The choice of a list (`vidimus case choices`).")] = None,
    to: Annotated[str | None, typer.Option(help="To whom: a colleague's id, or an agency's code.")] = None,
    officer: As = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Claim, release, hand over, route, ask for a supplement or a payment, answer a withdrawal, deliver."""
    console = open_console(lang)
    asked: Row = {"act": which.value, **({"code": code} if code else {}), **({"to": to} if to else {})}
    with open_case_desk(console, place, officer=officer) as desk:
        show_rows(console, [desk.act(case_id, asked)], form=form)


@group.command("slip")
@anywhere
def write_slip(case_id: CaseId, *, out: Out, officer: As = None, place: Place, lang: Lang = None) -> None:
    """Write the receipt and appointment slip of a case."""
    console = open_console(lang)
    with open_case_desk(console, place, officer=officer) as desk, new_file(out) as target:
        desk.write_slip(case_id, target)
    console.result(str(out))


@group.command("track")
@anywhere
def track(
    code: Annotated[str, typer.Argument(help="Tracking code of the slip.")],
    *,
    officer: As = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Tell how far the case of a slip is."""
    console = open_console(lang)
    with open_case_desk(console, place, officer=officer) as desk:
        show_rows(console, [desk.track(code)], form=form)


@group.command("choices")
@anywhere
def choices(*, officer: As = None, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """List the closed lists of the counter."""
    console = open_console(lang)
    with open_case_desk(console, place, officer=officer) as desk:
        lists = desk.choices()["lists"]
    rows = [
        {"list": name, "code": one["code"], "text": one["text"][console.language]}
        for name, members in lists.items()
        for one in members
    ]
    show_rows(console, rows, form=form)


@group.command("reuse")
@anywhere
def reuse(
    item_id: ItemId,
    choice: Annotated[
        ReuseChoice | None, typer.Argument(help="What is wanted; left out, what was found is told.")
    ] = None,
    *,
    reason: Annotated[str | None, typer.Option(help="Why a new copy is made; the list `reuse_reason`.")] = None,
    officer: As = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Tell what the vault has in place of an original, or answer it."""
    console = open_console(lang)
    asked: Row | None = None
    if choice is not None:
        asked = {"choice": choice.value, **({"reason_code": reason} if reason else {})}
    with open_case_desk(console, place, officer=officer) as desk:
        show_rows(console, [desk.reuse(item_id, asked)], form=form)


@group.command("notice")
@anywhere
def write_notice(item_id: ItemId, *, out: Out, officer: As = None, place: Place, lang: Lang = None) -> None:
    """Write the sealed notice of a refusal."""
    console = open_console(lang)
    with open_case_desk(console, place, officer=officer) as desk, new_file(out) as target:
        desk.write_notice(item_id, target)
    console.result(str(out))


@group.command("fee")
@anywhere
def fee(
    item_id: ItemId,
    *,
    receipt: Annotated[str | None, typer.Option(help="Number of the receipt given.")] = None,
    method: Annotated[PaymentMethod, typer.Option(help="How it was paid.")] = PaymentMethod.CASH,
    exempt: Annotated[str | None, typer.Option(help="Nothing is due by right; the list `exemption`.")] = None,
    waive: Annotated[str | None, typer.Option(help="Nothing is due by decision; the list `waiver`.")] = None,
    look: Annotated[
        bool, typer.Option("--look", help="Ask the gateway what became of it: its word may be lost.")
    ] = False,
    sandbox: Annotated[
        SandboxPayer | None, typer.Option(help="Demo and training: let the sandbox's payer pay, or give up.")
    ] = None,
    officer: As = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Ask for the fee of an original; take it with a receipt, note why nothing is due, or ask the gateway about it."""
    console = open_console(lang)
    ground = {"kind": "EXEMPT", "code": exempt} if exempt else {"kind": "WAIVED", "code": waive} if waive else None
    with open_case_desk(console, place, officer=officer) as desk:
        told = desk.take_fee(item_id, {"receipt_number": receipt, "method": method.value} if receipt else {})
        if ground:
            told = desk.set_ground(item_id, ground)
        if sandbox is not None:
            told = desk.pretend(item_id, sandbox)
        if look:
            told = desk.look_after_fee(item_id)
    show_rows(console, [told], form=form)


@group.command("day")
@anywhere
def day(
    *,
    close: Annotated[int | None, typer.Option(help="Close the day with so much cash counted, in đồng.")] = None,
    officer: As = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Give what one took and gave back since the last close; with --close, close the day."""
    console = open_console(lang)
    with open_case_desk(console, place, officer=officer) as desk:
        told = desk.day() if close is None else desk.close_day({"counted_cash_vnd": close})
    show_rows(console, [told], form=form)


@group.command("days")
@anywhere
def days(*, officer: As = None, place: Place, form: Form = Format.JSON, lang: Lang = None) -> None:
    """List the closed days of an agency's cashiers, newest first."""
    console = open_console(lang)
    with open_case_desk(console, place, officer=officer) as desk:
        show_rows(console, desk.closes()["items"], form=form)


@group.command("leave")
@anywhere
def leave(
    substitute: Annotated[str, typer.Argument(help="Staff id of who stands in.")],
    *,
    until: Annotated[str, typer.Option(help="Until when, with its offset.")],
    officer: As = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Hand the own work to a substitute until one is back."""
    console = open_console(lang)
    with open_case_desk(console, place, officer=officer) as desk:
        show_rows(console, [desk.leave({"until": until, "substitute_id": substitute})], form=form)


def _letter(text: str) -> Row:
    carrier, _, rest = text.partition(":")
    number, _, day = rest.rpartition(":")
    return {"carrier": carrier, "tracking_id": number, "arrived_on": day}


def original_of(text: str) -> Row:
    """Read `TYPE` or `TYPE=COPIES`."""
    doc_type, _, copies = text.partition("=")
    return {"doc_type": doc_type, "copies": int(copies) if copies.isdigit() else 1}
