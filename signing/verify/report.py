"""The answer of a verification: one verdict for the file, one entry per signature field (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NoReturn, TypeAlias, TypeVar

from signing.verify.errors import ReportUnreadable, SignatureNotTrusted

Box: TypeAlias = "tuple[float, float, float, float]"
"""Left, bottom, right, top in a page's own points."""


class Verdict(StrEnum):
    """The verdict on a file, from good to bad."""

    VALID = "VALID"
    VALID_WITH_WARNING = "VALID_WITH_WARNING"
    NO_SIGNATURE = "NO_SIGNATURE"
    INDETERMINATE = "INDETERMINATE"
    INVALID = "INVALID"
    MALFORMED = "MALFORMED"


class Indication(StrEnum):
    """Main status indication of ETSI EN 319 102-1."""

    TOTAL_PASSED = "TOTAL_PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL_FAILED"


class SubIndication(StrEnum):
    """Sub-indications of ETSI EN 319 102-1 that we use."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    REVOCATION_OUT_OF_BOUNDS_NO_POE = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    TRY_LATER = "TRY_LATER"
    GENERIC = "GENERIC"


class SignatureKind(StrEnum):
    """What a signature field holds."""

    SIGNATURE = "SIGNATURE"
    DOCUMENT_TIMESTAMP = "DOCUMENT_TIMESTAMP"


class BaselineLevel(StrEnum):
    """PAdES baseline level found (ETSI EN 319 142-1)."""

    B_B = "PAdES-B-B"
    B_T = "PAdES-B-T"
    B_LT = "PAdES-B-LT"
    B_LTA = "PAdES-B-LTA"
    NOT_BASELINE = "NOT_BASELINE"


class Coverage(StrEnum):
    """How much of the file the ByteRange covers."""

    ENTIRE_FILE = "ENTIRE_FILE"
    ENTIRE_REVISION = "ENTIRE_REVISION"
    PARTIAL = "PARTIAL"


class ModifiedAfter(StrEnum):
    """What was appended after the signed revision, from harmless to suspicious."""

    NONE = "NONE"
    LTA_UPDATE = "LTA_UPDATE"
    SIGNING = "SIGNING"
    FORM_FILL = "FORM_FILL"
    ANNOTATION = "ANNOTATION"
    OTHER = "OTHER"

    @property
    def rank(self) -> int:
        """Position from harmless (0) to suspicious."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(ModifiedAfter)}


class TimeSource(StrEnum):
    """Where `signed_at` comes from."""

    TIMESTAMP = "TIMESTAMP"
    CLAIMED = "CLAIMED"


@dataclass(frozen=True, slots=True)
class TimestampVerdict:
    """One time-stamp that protects a signature: of the signature, or of the document."""

    kind: str
    valid: bool
    trusted: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, in the words of the certificate."""

    common_name: str
    organisation: str
    issuer: str
    serial_hex: str
    not_before: datetime | None
    not_after: datetime | None
    certificate_sha256_hex: str


@dataclass(frozen=True, slots=True)
class VisibleChange:
    """A page that looks different after a revision: where (left, bottom, right, top in points), and whether it may.

    `outside` are the boxes where nothing was allowed to change; `revision` counts from 1, the first save.
    """

    revision: int
    page_number: int
    boxes: tuple[Box, ...]
    outside: tuple[Box, ...]
    covers_ink: bool


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """The judgement on one signature field; `signature_policy` is the object identifier the signer named, if any."""

    field: str
    kind: SignatureKind
    subfilter: str
    indication: Indication
    sub_indication: SubIndication | None
    level: BaselineLevel
    cryptographically_valid: bool
    coverage: Coverage
    modified_after: ModifiedAfter
    technically_valid: bool
    trusted: bool
    signer: Signer | None
    signed_at: datetime | None
    time_source: TimeSource
    timestamps: tuple[TimestampVerdict, ...]
    signature_policy: str | None = None


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The judgement on one file; it has no truth value, ask `require_passed()`.

    `holds_until` is when the passing of time alone may change it; it is no part of the answer (`cache`).
    """

    file: str
    sha256_hex: str
    verdict: Verdict
    checked_at: datetime
    warnings: tuple[str, ...]
    reasons: tuple[str, ...]
    signatures: tuple[SignatureVerdict, ...]
    differences: tuple[VisibleChange, ...] = ()
    holds_until: datetime | None = field(default=None, compare=False)

    def __bool__(self) -> NoReturn:
        """Refuse: any object is true, and `if verify_pdf(…)` would accept a forgery."""
        raise TypeError("a verification report has no truth value; call require_passed() or compare its verdict")

    def require_passed(self) -> None:
        """Raise unless the file is VALID or VALID_WITH_WARNING.

        Raises:
            SignatureNotTrusted: with the verdict and the reason codes.
        """
        if self.verdict not in (Verdict.VALID, Verdict.VALID_WITH_WARNING):
            raise SignatureNotTrusted(self.verdict.value, self.reasons)

    @property
    def sentence_key(self) -> str:
        """Key of the sentence a reader is shown; `api` has its words in vi, en, fr."""
        lead = self.reasons[0] if self.reasons else ""
        if self.verdict is Verdict.VALID_WITH_WARNING:
            lead = self.warnings[0] if self.warnings else ""
        return f"verify.{self.verdict.value}" + (f".{lead}" if lead else "")

    @property
    def sentence_parameters(self) -> dict[str, str]:
        """What the sentence names: how many signatures, and the last signer's office and time."""
        last = next((one for one in reversed(self.signatures) if one.kind is SignatureKind.SIGNATURE), None)
        signer = last.signer if last else None
        return {
            "signatures": str(sum(one.kind is SignatureKind.SIGNATURE for one in self.signatures)),
            "signer": (signer.organisation or signer.common_name) if signer else "",
            "signed_at": _time(last.signed_at) or "" if last else "",
        }

    def to_dict(self) -> dict[str, Any]:
        """Give the JSON object of DESIGN §4, without `sentence` and `status`, which `api` adds."""
        return {
            "file": self.file,
            "sha256": self.sha256_hex,
            "verdict": self.verdict.value,
            "checked_at": _time(self.checked_at),
            "warnings": list(self.warnings),
            "reasons": list(self.reasons),
            "signatures": [_plain(signature) for signature in self.signatures],
            "differences": differences_to_list(self.differences),
        }

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> VerificationReport:
        """Read what `to_dict` wrote.

        Raises:
            ReportUnreadable: it is something else.
        """
        try:
            return VerificationReport(
                file=_text(record["file"]),
                sha256_hex=_text(record["sha256"]),
                verdict=Verdict(record["verdict"]),
                checked_at=_moment(record["checked_at"]),
                warnings=tuple(map(_text, record["warnings"])),
                reasons=tuple(map(_text, record["reasons"])),
                signatures=tuple(map(_signature, record["signatures"])),
                differences=differences_from_list(record["differences"]),
                holds_until=_optional_moment(record.get("holds_until")),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise ReportUnreadable("the child's answer is no verification report; verify again") from exc


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, SignatureVerdict | TimestampVerdict | Signer):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    return value.value if isinstance(value, StrEnum) else value


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time has no zone")
    return moment


_Value = TypeVar("_Value", bool, str, int)


def _exactly(value: Any, kind: type[_Value]) -> _Value:
    if not isinstance(value, kind):
        raise TypeError("a value has the wrong type")
    return value


def _optional_moment(value: Any) -> datetime | None:
    return None if value is None else _moment(value)


def _signature(record: Mapping[str, Any]) -> SignatureVerdict:
    sub_indication = record["sub_indication"]
    return SignatureVerdict(
        field=_text(record["field"]),
        kind=SignatureKind(record["kind"]),
        subfilter=_text(record["subfilter"]),
        indication=Indication(record["indication"]),
        sub_indication=None if sub_indication is None else SubIndication(sub_indication),
        level=BaselineLevel(record["level"]),
        cryptographically_valid=_exactly(record["cryptographically_valid"], bool),
        coverage=Coverage(record["coverage"]),
        modified_after=ModifiedAfter(record["modified_after"]),
        technically_valid=_exactly(record["technically_valid"], bool),
        trusted=_exactly(record["trusted"], bool),
        signer=None if record["signer"] is None else _signer(record["signer"]),
        signed_at=_optional_moment(record["signed_at"]),
        time_source=TimeSource(record["time_source"]),
        timestamps=tuple(map(_timestamp, record["timestamps"])),
        signature_policy=None if record["signature_policy"] is None else _text(record["signature_policy"]),
    )


def differences_to_list(changes: Iterable[VisibleChange]) -> list[Any]:
    """Give visible changes as they stand in the JSON object."""
    return [{entry.name: _as_lists(getattr(change, entry.name)) for entry in fields(change)} for change in changes]


def differences_from_list(records: Iterable[Any]) -> tuple[VisibleChange, ...]:
    """Read what `differences_to_list` gave.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    return tuple(map(_change, records))


def _as_lists(value: Any) -> Any:
    return [_as_lists(item) for item in value] if isinstance(value, tuple) else value


def _change(record: Mapping[str, Any]) -> VisibleChange:
    return VisibleChange(
        revision=_exactly(record["revision"], int),
        page_number=_exactly(record["page_number"], int),
        boxes=tuple(map(_box, record["boxes"])),
        outside=tuple(map(_box, record["outside"])),
        covers_ink=_exactly(record["covers_ink"], bool),
    )


def _box(value: Any) -> Box:
    left, bottom, right, top = (float(side) for side in value)
    return left, bottom, right, top


def _signer(record: Mapping[str, Any]) -> Signer:
    return Signer(
        common_name=_text(record["common_name"]),
        organisation=_text(record["organisation"]),
        issuer=_text(record["issuer"]),
        serial_hex=_text(record["serial_hex"]),
        not_before=_optional_moment(record["not_before"]),
        not_after=_optional_moment(record["not_after"]),
        certificate_sha256_hex=_text(record["certificate_sha256_hex"]),
    )


def _timestamp(record: Mapping[str, Any]) -> TimestampVerdict:
    return TimestampVerdict(
        kind=_text(record["kind"]),
        valid=_exactly(record["valid"], bool),
        trusted=_exactly(record["trusted"], bool),
        at=_optional_moment(record["at"]),
    )
