"""Find the papers a holder has for what a procedure asks: the same input gives the same answer, with its reasons.

Order of preference: a data source, then assurance level 4, 3, 2, and the newest first. Nothing is rejected without a
code, and a name in another spelling is for a person to judge (DOMAIN §4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dossiers.names import NameLikeness, compare_names
from dossiers.procedures import EvidenceOption, Requirement


class OutcomeKind(StrEnum):
    """What the matching found for one requirement."""

    SATISFIED = "SATISFIED"
    SATISFIED_BY_DATA = "SATISFIED_BY_DATA"
    CHOICE = "CHOICE"
    MISSING = "MISSING"
    NEEDS_HUMAN = "NEEDS_HUMAN"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record seen with the eyes of the matching; `status` and `original` are as of now."""

    record_id: str
    uri: str
    sha256_hex: str
    doc_type: str
    assurance_level: int
    issuer_agency: str
    status: str
    original: str
    dated_on: date
    valid_until: date | None
    subject_names: tuple[str, ...]
    is_data_source: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a record does not meet a requirement: `LEVEL_TOO_LOW(2<3)`."""

    record_id: str
    code: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer for one requirement.

    `candidates` are in order of preference: one for SATISFIED, the alternatives for CHOICE, those that a person must
    look at for NEEDS_HUMAN (`doubts` says why), none for MISSING.
    """

    requirement_id: str
    kind: OutcomeKind
    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejection, ...]
    doubts: tuple[Rejection, ...] = ()


def match(
    requirements: Sequence[Requirement], candidates: Sequence[Candidate], *, subject_name: str, on: date
) -> tuple[Outcome, ...]:
    """Answer every requirement in its order, for the person `subject_name`, as of a day."""
    return tuple(_match_one(requirement, candidates, subject_name=subject_name, on=on) for requirement in requirements)


def _match_one(requirement: Requirement, candidates: Sequence[Candidate], *, subject_name: str, on: date) -> Outcome:
    fitting: list[tuple[int, Candidate]] = []
    rejected: list[Rejection] = []
    doubts: list[tuple[int, Candidate, Rejection]] = []
    for position, option in enumerate(requirement.options):
        for candidate in candidates:
            if candidate.doc_type != option.doc_type:
                continue
            code = _why_not(candidate, option, on=on) or _other_person(candidate, subject_name)
            doubt = _why_doubtful(candidate, subject_name)
            if code:
                rejected.append(Rejection(candidate.record_id, code))
            elif doubt:
                doubts.append((position, candidate, Rejection(candidate.record_id, doubt)))
            else:
                fitting.append((position, candidate))
    rejections = tuple(rejected)
    if fitting:
        # The best paper of each kind; several kinds are alternatives between which the person chooses.
        best = _best_of_each_kind(fitting)
        if best[0].is_data_source:
            return Outcome(requirement.requirement_id, OutcomeKind.SATISFIED_BY_DATA, best[:1], rejections)
        kind = OutcomeKind.SATISFIED if len(best) == 1 else OutcomeKind.CHOICE
        return Outcome(requirement.requirement_id, kind, best, rejections)
    if doubts:
        unsure = tuple(candidate for _, candidate, _ in sorted(doubts, key=lambda d: _preference(d[0], d[1])))
        return Outcome(
            requirement.requirement_id, OutcomeKind.NEEDS_HUMAN, unsure, rejections, tuple(d[2] for d in doubts)
        )
    return Outcome(requirement.requirement_id, OutcomeKind.MISSING, (), rejections)


def _best_of_each_kind(fitting: Sequence[tuple[int, Candidate]]) -> tuple[Candidate, ...]:
    best: dict[str, Candidate] = {}
    for _, candidate in sorted(fitting, key=lambda pair: _preference(*pair)):
        best.setdefault(candidate.doc_type, candidate)
    return tuple(best.values())


def _preference(position: int, candidate: Candidate) -> tuple[bool, int, int, int, str]:
    return (
        not candidate.is_data_source,
        -candidate.assurance_level,
        -candidate.dated_on.toordinal(),
        position,
        candidate.record_id,
    )


def _why_not(candidate: Candidate, option: EvidenceOption, *, on: date) -> str | None:
    """The code of the first rule that the record breaks, in the order of DOMAIN §4."""
    # (1) the certification stands
    if candidate.status != "CURRENT" and not (candidate.status == "EXPIRED" and not option.must_be_valid):
        return candidate.status
    # (2) the paper behind it stands
    if candidate.original in {"REPLACED", "REVOKED"} or (candidate.original == "EXPIRED" and option.must_be_valid):
        return f"ORIGINAL_{candidate.original}"
    if option.must_be_valid and candidate.valid_until is not None and candidate.valid_until < on:
        return "EXPIRED"
    # (3) it can be relied on enough
    if candidate.assurance_level < option.min_assurance:
        return f"LEVEL_TOO_LOW({candidate.assurance_level}<{option.min_assurance})"
    # (4) it is young enough
    age = (on - candidate.dated_on).days
    if option.max_age_days is not None and age > option.max_age_days:
        return f"TOO_OLD({age}>{option.max_age_days})"
    # (5) an office in scope made it
    if option.issuer_scope and candidate.issuer_agency not in option.issuer_scope:
        return "ISSUER_OUT_OF_SCOPE"
    return None


def _other_person(candidate: Candidate, subject_name: str) -> str | None:
    likeness = {compare_names(name, subject_name) for name in candidate.subject_names}
    return "SUBJECT_MISMATCH" if likeness == {NameLikeness.DIFFERENT} else None


def _why_doubtful(candidate: Candidate, subject_name: str) -> str | None:
    if not candidate.subject_names:
        return "SUBJECT_NOT_READ"
    likeness = {compare_names(name, subject_name) for name in candidate.subject_names}
    return None if NameLikeness.SAME in likeness else "NAME_SPELLING"
