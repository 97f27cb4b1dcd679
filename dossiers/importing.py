"""Takes procedures in from a file, with a report of everything that is wrong with it; nothing is taken in by halves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dossiers.procedures import Procedure, Requirement
from dossiers.reading import read_entries, read_procedure


class FindingCode(StrEnum):
    """What is wrong with a file of procedures."""

    UNREADABLE = "UNREADABLE"
    DUPLICATE_VERSION = "DUPLICATE_VERSION"
    DUPLICATE_START = "DUPLICATE_START"
    VERSION_GAP = "VERSION_GAP"
    VERSION_ORDER = "VERSION_ORDER"
    UNKNOWN_DOC_TYPE = "UNKNOWN_DOC_TYPE"
    UNKNOWN_AGENCY = "UNKNOWN_AGENCY"
    UNKNOWN_LINK = "UNKNOWN_LINK"
    UNKNOWN_QUESTION = "UNKNOWN_QUESTION"
    DUPLICATE_EVIDENCE = "DUPLICATE_EVIDENCE"
    CYCLE = "CYCLE"
    LINK_CYCLE = "LINK_CYCLE"


WARNINGS = frozenset({FindingCode.VERSION_GAP, FindingCode.DUPLICATE_EVIDENCE})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where; a warning does not keep the file out."""

    code: FindingCode
    place: str
    detail: str

    @property
    def is_error(self) -> bool:
        """Whether it keeps the whole file out."""
        return self.code not in WARNINGS


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a file holds and what is wrong with it."""

    procedures: tuple[Procedure, ...]
    entries: tuple[Mapping[str, object], ...]
    findings: tuple[Finding, ...]

    @property
    def may_be_taken_in(self) -> bool:
        """Whether nothing is wrong that keeps it out."""
        return bool(self.procedures) and not any(one.is_error for one in self.findings)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a file is held against: the procedures there are, the types of paper and the agencies."""

    procedures: tuple[Procedure, ...]
    doc_types: frozenset[str]
    agencies: frozenset[str]


def check_import(content: bytes, *, is_csv: bool, around: Surroundings) -> ImportReport:
    """Read a file of procedures and find everything that is wrong with it: cycles, gaps, duplicates, unknown names.

    Raises:
        CatalogueInvalid: it is no JSON or CSV at all.
    """
    read: list[tuple[str, Procedure, Mapping[str, object]]] = []
    findings: list[Finding] = []
    for place, entry in read_entries(content, is_csv=is_csv):
        try:
            read.append((place, read_procedure(entry), entry))
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            said = f"{exc.args[0]} is missing" if isinstance(exc, KeyError) and exc.args else str(exc)
            findings.append(Finding(FindingCode.UNREADABLE, place, said[:300]))
    procedures = tuple(procedure for _, procedure, _ in read)
    whole = (*around.procedures, *procedures)
    for place, procedure, _ in read:
        findings += _names(place, procedure, whole, around)
    findings += _versions(procedures, around.procedures)
    findings += _cycles(whole, new={one.procedure_id for one in procedures})
    return ImportReport(procedures, tuple(entry for _, _, entry in read), tuple(findings))


def _names(place: str, one: Procedure, whole: Sequence[Procedure], around: Surroundings) -> Iterator[Finding]:
    """(1) Every name that a procedure uses is somebody's."""
    if one.recipient_agency not in around.agencies:
        yield Finding(FindingCode.UNKNOWN_AGENCY, place, one.recipient_agency)
    for requirement in one.requirements:
        yield from _names_of_requirement(f"{place} {requirement.requirement_id}", requirement, one, around)
    known = {other.procedure_id for other in whole}
    for linked in one.linked:
        if linked not in known:
            yield Finding(FindingCode.UNKNOWN_LINK, place, linked)


def _names_of_requirement(
    where: str, requirement: Requirement, one: Procedure, around: Surroundings
) -> Iterator[Finding]:
    types = [(option.doc_type, option.issuer_scope) for option in requirement.options]
    if len(set(types)) != len(types):
        yield Finding(FindingCode.DUPLICATE_EVIDENCE, where, types[0][0])
    for option in requirement.options:
        if option.doc_type not in around.doc_types:
            yield Finding(FindingCode.UNKNOWN_DOC_TYPE, where, option.doc_type)
        for code in option.issuer_scope:
            if code not in around.agencies:
                yield Finding(FindingCode.UNKNOWN_AGENCY, where, code)
    when, questions = requirement.condition, {question.question_id: question.answers for question in one.questions}
    if when is not None and when.answer not in questions.get(when.question_id, {}):
        yield Finding(FindingCode.UNKNOWN_QUESTION, where, f"{when.question_id} = {when.answer}")


def _versions(new: Sequence[Procedure], old: Sequence[Procedure]) -> Iterator[Finding]:
    """(2) Versions follow each other, each from a day of its own."""
    for procedure_id in sorted({one.procedure_id for one in new}):
        mine = [one for one in (*old, *new) if one.procedure_id == procedure_id]
        numbers = [one.version for one in mine]
        starts = [one.valid_from for one in mine]
        for number in sorted({one for one in numbers if numbers.count(one) > 1}):
            yield Finding(FindingCode.DUPLICATE_VERSION, procedure_id, str(number))
        for start in sorted({one for one in starts if starts.count(one) > 1}):
            yield Finding(FindingCode.DUPLICATE_START, procedure_id, start.isoformat())
        missing = sorted(set(range(min(numbers), max(numbers))) - set(numbers))
        if missing:
            yield Finding(FindingCode.VERSION_GAP, procedure_id, ", ".join(map(str, missing)))
        in_time = [one.version for one in sorted(mine, key=lambda one: one.valid_from)]
        if in_time != sorted(in_time):
            yield Finding(FindingCode.VERSION_ORDER, procedure_id, ", ".join(map(str, in_time)))


def _cycles(whole: Sequence[Procedure], *, new: set[str]) -> Iterator[Finding]:
    """(3) No procedure needs, over any number of others, a paper that only it gives; no chain of links comes back."""
    newest = {one.procedure_id: one for one in sorted(whole, key=lambda one: one.version)}
    links = {one.procedure_id: frozenset(one.linked) & set(newest) for one in newest.values()}
    givers: dict[str, set[str]] = {}
    for one in newest.values():
        for result in one.results:
            givers.setdefault(result, set()).add(one.procedure_id)
    for code, edges in ((FindingCode.CYCLE, _needs(newest, givers)), (FindingCode.LINK_CYCLE, links)):
        for start in sorted(new & set(newest)):
            ring = _ring(start, edges)
            if ring and start == min(ring):
                yield Finding(code, start, " → ".join((*ring, start)))


def _needs(newest: Mapping[str, Procedure], givers: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    """Which procedures each one cannot do without: a requirement that stands always, met only by what one other gives."""
    needs: dict[str, frozenset[str]] = {}
    for one in newest.values():
        found: set[str] = set()
        for requirement in one.requirements:
            if not requirement.is_mandatory or requirement.condition is not None:
                continue
            ways = [givers.get(option.doc_type, set()) for option in requirement.options]
            # A paper that no procedure of the catalogue gives comes from elsewhere, and another giver is another way.
            if all(len(way) == 1 for way in ways):
                only = set().union(*ways)
                found |= only if len(only) == 1 else set()
        needs[one.procedure_id] = frozenset(found)
    return needs


def _ring(start: str, edges: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """The way from a place back to itself, or nothing."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for following in sorted(edges.get(way[-1], ())):
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return ()
