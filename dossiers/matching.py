"""Find the papers a holder has for what a procedure asks: the same input gives the same answer, with its reasons.

Order of preference: a data source, then assurance level 4, 3, 2, and the newest first. Nothing is rejected without a
code, and a name in another spelling is for a person to judge (DOMAIN §4).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from dossiers.names import NameLikeness, compare_names
from dossiers.procedures import EvidenceOption, Requirement, SubjectRole


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


@dataclass(frozen=True, slots=True)
class Subject:
    """For whom papers are looked for: the applicant, and by role the other people of the procedure, as they were named."""

    name: str
    others: Mapping[SubjectRole, str] = field(default_factory=dict)

    def named(self, role: SubjectRole) -> str | None:
        """The name that a paper of this role must bear, None when nobody said it."""
        return self.name if role is SubjectRole.APPLICANT else self.others.get(role)


def match(
    requirements: Sequence[Requirement],
    candidates: Sequence[Candidate],
    *,
    subject: Subject,
    on: date,
    stands_in: Callable[[str, str], bool] = operator.eq,
) -> tuple[Outcome, ...]:
    """Answer every requirement in its order, for the people of the procedure, as of a day.

    `stands_in(issuer, agency)` says whether what an issuer made counts as the agency's: it is the same, or was merged
    into it over any number of reforms.
    """
    return tuple(_match_one(one, candidates, subject=subject, on=on, stands_in=stands_in) for one in requirements)


def _match_one(
    requirement: Requirement,
    candidates: Sequence[Candidate],
    *,
    subject: Subject,
    on: date,
    stands_in: Callable[[str, str], bool],
) -> Outcome:
    wanted = subject.named(requirement.subject)
    fitting: list[tuple[int, Candidate]] = []
    rejected: list[Rejection] = []
    doubts: list[tuple[int, Candidate, Rejection]] = []
    for position, option in enumerate(requirement.options):
        for candidate in candidates:
            if candidate.doc_type != option.doc_type:
                continue
            code = _why_not(candidate, option, on=on, stands_in=stands_in) or _other_person(candidate, wanted)
            doubt = _why_doubtful(candidate, wanted)
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


def _why_not(
    candidate: Candidate, option: EvidenceOption, *, on: date, stands_in: Callable[[str, str], bool]
) -> str | None:
    """The code of the first rule that the record breaks, in the order of DOMAIN §4."""
    # (1) the certification stands
    if candidate.status != "CURRENT" and not (candidate.status == "EXPIRED" and not option.must_be_valid):
        return candidate.status
    # (2) the paper behind it stands
    if candidate.original in {"REPLACED", "REVOKED"} or (candidate.original == "EXPIRED" and option.must_be_valid):
        return f"ORIGINAL_{candidate.original}"
    if option.must_be_valid and candidate.valid_until is not None:
        left = (candidate.valid_until - on).days
        if left < 0:
            return "EXPIRED"
        if left < option.valid_days_ahead:
            return f"ENDS_TOO_SOON({left}<{option.valid_days_ahead})"
    # (3) it can be relied on enough
    if candidate.assurance_level < option.min_assurance:
        return f"LEVEL_TOO_LOW({candidate.assurance_level}<{option.min_assurance})"
    # (4) it is young enough
    age = (on - candidate.dated_on).days
    if option.max_age_days is not None and age > option.max_age_days:
        return f"TOO_OLD({age}>{option.max_age_days})"
    # (5) an office in scope made it
    if option.issuer_scope and not any(stands_in(candidate.issuer_agency, code) for code in option.issuer_scope):
        return "ISSUER_OUT_OF_SCOPE"
    return None


def _other_person(candidate: Candidate, wanted: str | None) -> str | None:
    if wanted is None or not candidate.subject_names:
        return None
    likeness = {compare_names(name, wanted) for name in candidate.subject_names}
    return "SUBJECT_MISMATCH" if likeness == {NameLikeness.DIFFERENT} else None


def _why_doubtful(candidate: Candidate, wanted: str | None) -> str | None:
    """Why a person must look: nobody read a name, nobody said whose it must be, or it is spelt otherwise."""
    if not candidate.subject_names:
        return "SUBJECT_NOT_READ"
    if wanted is None:
        return "SUBJECT_NOT_SAID"
    # The members stand in order: the nearest likeness is the one to tell.
    nearest = min((compare_names(name, wanted) for name in candidate.subject_names), key=list(NameLikeness).index)
    return None if nearest is NameLikeness.SAME else f"NAME_{nearest.value}"
