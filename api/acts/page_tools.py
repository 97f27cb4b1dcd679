"""Work at the pages of a scanned original before a number is taken: put in order, turn, leave out, split, join, replace.

The files stay as they came: what a person did is an arrangement beside them, and stands in the original's history. The
pages are read again in their new order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.access import Principal
from api.acts.own_items import own_item
from api.acts.paper_databases import ask_databases
from api.acts.reuse import ask_first
from api.acts.staff import scan_again
from api.errors import PreconditionFailed, RequestInvalid
from api.services import Services
from certify import Actor, ActorKind, Case, Item, ItemState, add_item, list_items, present_original, withdraw_item
from certify.pipeline import Arrangement, LeftOutPage, LeftOutWhy, PageAct, PlacedPage, Upload
from guard import Room
from ocr import CodeKind, Pages, QualityCode, ReadPage

SEPARATOR_CODE: Final = "VIDIMUS-SEPARATOR-1"
"""What the square on a separator sheet says; it never changes, because sheets are printed and kept."""
AT_WORK: Final = frozenset({ItemState.EXTRACTED, ItemState.COMPARED, ItemState.READY_TO_SIGN, ItemState.VOIDED})
"""Where an original stands whose pages may be worked at: it is read, and has no number."""
_TURNS: Final = frozenset({0, 1, 2, 3})


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as it stands now, with what the recogniser says of it."""

    number: int
    is_blank: bool
    is_separator: bool
    reasons: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class PageWork:
    """What can be worked at: the pages, what was left out before, and the originals that could be joined."""

    item: Item
    case: Case
    sheets: tuple[Sheet, ...]
    left_out: tuple[LeftOutPage, ...]
    others: tuple[Item, ...]
    done: tuple[str, ...]
    """What was done so far, oldest first: `PageAct` codes, several joined by `+`."""


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What a person wants of one page: its place, how far it is turned, whether it is left out, or begins an original."""

    number: int
    place: int
    quarter_turns: int = 0
    left_out: LeftOutWhy | None = None
    begins: bool = False
    doc_type: str = ""


def see_pages(services: Services, principal: Principal, item_id: str) -> PageWork:
    """Show the pages of an original that is worked at.

    Raises:
        ItemNotFound: there is no such item in the agency.
        RequestInvalid: it is not read yet, or has a number.
    """
    item, case = _at_work(services, principal, item_id)
    pages = services.pipeline.pages(item_id)
    with services.spool.room() as room:
        parts = services.pipeline.scans.parts(item_id, room=room)
        arrangement = services.pipeline.scans.arrangement(item_id, parts=parts)
    with services.database.read() as tx:
        others = tuple(
            one for one in list_items(tx, case_id=case.case_id) if one.state in AT_WORK and one.item_id != item_id
        )
    known = {one.value for one in PageAct}
    codes = [step.detail_code or "" for step in services.pipeline.events(item_id) if step.event == "SCAN"]
    return PageWork(
        item=item,
        case=case,
        sheets=tuple(_sheet(number, page) for number, page in enumerate(pages.pages, start=1)),
        left_out=arrangement.left_out,
        others=others,
        done=tuple(code for code in codes if code and set(code.split("+")) <= known),
    )


def arrange(
    services: Services, principal: Principal, item_id: str, plans: Sequence[SheetPlan], *, version: int
) -> tuple[Item, ...]:
    """Put the pages in order, turned and without what is left out; where one begins an original, a new one is opened.

    Gives the originals in their order: the first is the one that was worked at.

    Raises:
        PreconditionFailed: the original is another than the one that was shown.
        RequestInvalid: a page is missing or named twice, nothing would be left, or a page that is left out as blank is not.
    """
    work = see_pages(services, principal, item_id)
    _check_version(work.item, version)
    _check_plans(plans, work.sheets)
    with services.spool.room() as room:
        parts, before = _kept(services, item_id, room)
        read = services.pipeline.pages(item_id)
        ordered = sorted(plans, key=lambda plan: (plan.place, plan.number))
        groups = _groups([plan for plan in ordered if plan.left_out is None])
        if not groups:
            raise RequestInvalid("an original needs a page; leave one in", field="page")
        out = [plan for plan in ordered if plan.left_out is not None]
        left_out = (*before.left_out, *(_left_out(before, plan) for plan in out))
        acts = _acts_of(ordered, groups=groups)
        if not acts:
            raise RequestInvalid("nothing was changed", field="page")
        placed = [tuple(_placed(before, plan, read) for plan in group) for group in groups]
        # The new ones first: when the power goes here, a page stands in two originals and in none it is missing.
        opened = [
            _open_another(services, principal, work.case, plans_of[0].doc_type or work.item.doc_type)
            for plans_of in groups[1:]
        ]
        for item, pages in zip(opened, placed[1:], strict=True):
            own, kept = _pruned(parts, Arrangement(pages, (), (PageAct.SPLIT,)))
            services.pipeline.submit_upload(item.item_id, *own, staff_id=principal.staff_id, arrangement=kept)
        own, kept = _pruned(parts, Arrangement(placed[0], left_out, acts))
        first = scan_again(services, principal, item_id, uploads=own, arrangement=kept)
    return (first, *opened)


def put_in(
    services: Services,
    principal: Principal,
    item_id: str,
    upload: Upload,
    *,
    version: int,
    number: int | None = None,
) -> Item:
    """Put a new scan in the place of one page, or behind the last page when none is named.

    Raises:
        PreconditionFailed: the original is another than the one that was shown.
        ScanRefused: the file is no scan.
        RequestInvalid: it has not one page, or there is no such page.
    """
    item, _case = _at_work(services, principal, item_id)
    _check_version(item, version)
    count = services.pipeline.scans.page_count(upload)
    with services.spool.room() as room:
        parts, before = _kept(services, item_id, room)
        part = len(parts) + 1
        fresh = tuple(PlacedPage(part, index) for index in range(count))
        if number is None:
            pages, act = before.pages + fresh, PageAct.ADD
        else:
            if count != 1:
                raise RequestInvalid("one page is replaced by one page; this file has more", field="scan")
            if not 1 <= number <= len(before.pages):
                raise RequestInvalid("there is no such page", field="number")
            pages, act = before.pages[: number - 1] + fresh + before.pages[number:], PageAct.REPLACE
        own, kept = _pruned((*parts, upload), replace(before, pages=pages, acts=(act,)))
        return scan_again(services, principal, item_id, uploads=own, arrangement=kept)


def join(services: Services, principal: Principal, item_id: str, other_id: str, *, version: int) -> Item:
    """Put the pages of another original of the case behind those of this one; the other one is withdrawn.

    Raises:
        PreconditionFailed: the original is another than the one that was shown.
        RequestInvalid: the other one is of another case, is not read yet, or has a number.
    """
    work = see_pages(services, principal, item_id)
    _check_version(work.item, version)
    if other_id not in {one.item_id for one in work.others}:
        raise RequestInvalid("choose an original of the same case that has no number yet", field="other")
    with services.spool.room() as room:
        parts, before = _kept(services, item_id, room)
        more, behind = _kept(services, other_id, room)
        shift = len(parts)
        pages = tuple(replace(page, part=page.part + shift) for page in behind.pages)
        left_out = tuple(replace(page, part=page.part + shift) for page in behind.left_out)
        joined = Arrangement(before.pages + pages, before.left_out + left_out, (PageAct.JOIN,))
        own, kept = _pruned((*parts, *more), joined)
        item = scan_again(services, principal, item_id, uploads=own, arrangement=kept)
    with services.database.transaction() as tx:
        actor = Actor(ActorKind.STAFF, principal.staff_id)
        withdraw_item(tx, other_id, actor=actor, at=services.clock.now())
    return item


def start_over(services: Services, principal: Principal, item_id: str, *, version: int) -> Item:
    """Give all pages of the files back in the order in which they came, what was left out with them.

    Raises:
        PreconditionFailed: the original is another than the one that was shown.
    """
    item, _case = _at_work(services, principal, item_id)
    _check_version(item, version)
    with services.spool.room() as room:
        parts, _before = _kept(services, item_id, room)
        counts = [services.pipeline.scans.page_count(part) for part in parts]
        pages = tuple(PlacedPage(part, index) for part, count in enumerate(counts, start=1) for index in range(count))
        arrangement = Arrangement(pages, (), (PageAct.START_OVER,))
        return scan_again(services, principal, item_id, uploads=parts, arrangement=arrangement)


def _at_work(services: Services, principal: Principal, item_id: str) -> tuple[Item, Case]:
    item, case = own_item(services, principal, item_id)
    if item.state not in AT_WORK or item.purged_at is not None:
        raise RequestInvalid("its pages cannot be worked at now: it is not read yet, or has a number", field="item_id")
    return item, case


def _check_version(item: Item, version: int) -> None:
    if item.version != version:
        raise PreconditionFailed(f"item {item.item_id} changed meanwhile; look at its pages again")


def _kept(services: Services, item_id: str, room: Room) -> tuple[tuple[Upload, ...], Arrangement]:
    parts = services.pipeline.scans.parts(item_id, room=room)
    return parts, services.pipeline.scans.arrangement(item_id, parts=parts)


def _sheet(number: int, page: ReadPage) -> Sheet:
    reasons = tuple(reason.code.value for reason in page.quality.reasons)
    return Sheet(
        number=number,
        is_blank=QualityCode.BLANK_PAGE.value in reasons,
        is_separator=any(code.kind is CodeKind.QR and code.text == SEPARATOR_CODE for code in page.codes),
        reasons=reasons,
        confidence=page.quality.mean_confidence,
    )


def _check_plans(plans: Sequence[SheetPlan], sheets: Sequence[Sheet]) -> None:
    by_number = {sheet.number: sheet for sheet in sheets}
    if sorted(plan.number for plan in plans) != sorted(by_number):
        raise RequestInvalid("say of every page where it stands, once", field="page")
    for plan in plans:
        sheet = by_number[plan.number]
        if plan.quarter_turns not in _TURNS:
            raise RequestInvalid("a page is turned by quarters", field=f"turns-{plan.number}")
        # A page with words on it is part of the paper: a copy without it would not be the whole original.
        if plan.left_out is LeftOutWhy.BLANK and not sheet.is_blank:
            raise RequestInvalid(
                f"page {plan.number} is not blank; an original is copied whole", field=f"out-{plan.number}"
            )
        if plan.left_out is LeftOutWhy.SEPARATOR and not sheet.is_separator:
            raise RequestInvalid(f"page {plan.number} is no separator sheet", field=f"out-{plan.number}")


def _groups(plans: Sequence[SheetPlan]) -> list[list[SheetPlan]]:
    groups: list[list[SheetPlan]] = []
    for plan in plans:
        if plan.begins or not groups:
            groups.append([])
        groups[-1].append(plan)
    return groups


def _acts_of(ordered: Sequence[SheetPlan], *, groups: Sequence[Sequence[SheetPlan]]) -> tuple[PageAct, ...]:
    numbers = [plan.number for plan in ordered]
    done = {
        PageAct.REORDER: numbers != sorted(numbers),
        PageAct.ROTATE: any(plan.quarter_turns for plan in ordered if plan.left_out is None),
        PageAct.LEAVE_OUT: any(plan.left_out is not None for plan in ordered),
        PageAct.SPLIT: len(groups) > 1,
    }
    return tuple(act for act, is_done in done.items() if is_done)


def _placed(before: Arrangement, plan: SheetPlan, read: Pages) -> PlacedPage:
    """A page where it will stand; what is turned is what the person saw, which the recogniser may have turned already."""
    page = before.pages[plan.number - 1]
    if not plan.quarter_turns:
        return page
    shown = read.pages[plan.number - 1].quarter_turns
    stored = read.scan.pages[plan.number - 1].quarter_turns
    return replace(page, quarter_turns=(page.quarter_turns + shown - stored + plan.quarter_turns) % 4)


def _left_out(before: Arrangement, plan: SheetPlan) -> LeftOutPage:
    page = before.pages[plan.number - 1]
    return LeftOutPage(page.part, page.page_index, plan.left_out or LeftOutWhy.BLANK)


def _pruned(parts: Sequence[Upload], arrangement: Arrangement) -> tuple[tuple[Upload, ...], Arrangement]:
    """Keep the files that have a page in the original, or one that was left out of it, and count them anew."""
    used = sorted({page.part for page in arrangement.pages} | {page.part for page in arrangement.left_out})
    anew = {part: number for number, part in enumerate(used, start=1)}
    return tuple(parts[part - 1] for part in used), replace(
        arrangement,
        pages=tuple(replace(page, part=anew[page.part]) for page in arrangement.pages),
        left_out=tuple(replace(page, part=anew[page.part]) for page in arrangement.left_out),
    )


def _open_another(services: Services, principal: Principal, case: Case, doc_type: str) -> Item:
    law, at = services.law_now, services.clock.now()
    kind = law.doc_type(doc_type)
    # Before the transaction: nobody waits for a database elsewhere while one is open.
    databases = ask_databases(services, principal, holder_id=case.holder_id, doc_types=[kind.code])
    with services.database.transaction() as tx:
        item = add_item(
            tx,
            case.case_id,
            doc_type=kind.code,
            title=law.paper_title(kind.code),
            copies=1,
            at=at,
            random_bytes=services.random_bytes,
        )
        ask_first(services, tx, principal, item, holder_id=case.holder_id, databases=databases)
        return present_original(tx, item.item_id, staff_id=principal.staff_id, at=at)
