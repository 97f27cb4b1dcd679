"""Many people of an office at once, from a table: looked at ahead line by line, and entered all together or not at all."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from api.access import Principal
from api.acts.administration import agencies
from api.acts.establishment import PersonForm, enter_person
from api.errors import RequestInvalid
from api.identity import is_login_taken
from api.services import Services
from certify import Role, acts_at, is_within

COLUMNS: Final = ("login", "agency", "name", "position", "roles")
_MOST_LINES: Final = 500
_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One line of the table, and the codes of what stops it; none means that the person can be entered."""

    number: int
    form: PersonForm
    faults: tuple[str, ...]


def look_at_people(services: Services, principal: Principal, text: str) -> tuple[PersonLine, ...]:
    """Judge every line; nothing is written.

    Raises:
        RequestInvalid: it is no such table, or has too many lines.
    """
    forms = list(_read(text, own=principal.agency_code))
    at = services.clock.now()
    known = {one.code: one for one in agencies(services)}
    lines = []
    seen: set[str] = set()
    with services.database.read() as tx:
        for number, (form, words) in enumerate(forms, start=1):
            faults = list(_faults(form, words))
            if form.login in seen or is_login_taken(tx, form.login):
                faults.append("LOGIN_TAKEN")
            seen.add(form.login)
            agency = known.get(form.agency_code)
            if agency is None or not is_within(tx, agency.code, ancestor_code=principal.agency_code):
                faults.append("AGENCY_UNKNOWN")
            elif not acts_at(agency, at=at):
                faults.append("AGENCY_ENDED")
            lines.append(PersonLine(number, form, tuple(faults)))
    return tuple(lines)


def take_on_all(services: Services, principal: Principal, text: str) -> tuple[PersonLine, ...]:
    """Enter everybody of the table in one transaction.

    Raises:
        RequestInvalid: as `look_at_people`, or a line has a fault: then nobody is entered.
    """
    lines = look_at_people(services, principal, text)
    if any(line.faults for line in lines):
        raise RequestInvalid("some lines cannot be entered; look at them first", field="table")
    at = services.clock.now()
    with services.database.transaction() as tx:
        for line in lines:
            enter_person(tx, line.form, at=at, random_bytes=services.random_bytes)
    return lines


def _read(text: str, *, own: str) -> Iterator[tuple[PersonForm, tuple[str, ...]]]:
    # What a spreadsheet saves begins with a mark, and is parted by a semicolon where a comma parts decimals.
    plain = text.removeprefix("\ufeff").strip()
    first = plain.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(plain), delimiter=";" if first.count(";") > first.count(",") else ",")
    missing = [name for name in COLUMNS if name != "agency" and name not in (rows.fieldnames or ())]
    if missing:
        raise RequestInvalid(f"the table needs the columns {', '.join(COLUMNS)}", field="table")
    found: Sequence[dict[str, str | None]] = list(rows)
    if not 1 <= len(found) <= _MOST_LINES:
        raise RequestInvalid(f"a table has from 1 to {_MOST_LINES} people", field="table")
    for row in found:
        told = {name: " ".join((row.get(name) or "").split()) for name in COLUMNS}
        words = tuple(told["roles"].replace("|", " ").replace("+", " ").split())
        roles = frozenset(Role(word) for word in words if word in {role.value for role in Role})
        yield PersonForm(told["login"], told["agency"] or own, told["name"], told["position"], roles), words


def _faults(form: PersonForm, words: Sequence[str]) -> Iterator[str]:
    if not _LOGIN.fullmatch(form.login):
        yield "LOGIN_WRONG"
    if not 2 <= len(form.display_name) <= _LONGEST or not 1 <= len(form.position) <= _LONGEST:
        yield "NAME_MISSING"
    if not words or len(set(words)) != len(form.roles):
        yield "ROLE_UNKNOWN"
