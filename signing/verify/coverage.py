"""Judge what a ByteRange covers, with arithmetic on the raw bytes alone (ISO 32000-2, 12.8.1)."""

from __future__ import annotations

from dataclasses import dataclass

from signing.verify.digests import RunningDigests
from signing.verify.fields import SignedField
from signing.verify.report import Coverage
from signing.verify.revisions import PdfHistory, Revision
from signing.verify.syntax import PdfObject


class SignedBytes:
    """The two stretches of file a signature covers; each digest is computed once."""

    def __init__(self, pdf: bytes, hole: tuple[int, int], end: int, *, running: RunningDigests) -> None:
        """Cover everything from the first byte to `end` except the hole."""
        view = memoryview(pdf)
        self._parts = (view[: hole[0]], view[hole[1] : end])
        self._running = running
        self._digests: dict[str, bytes] = {}

    def digest(self, name: str) -> bytes:
        """Give the digest over both stretches."""
        if name not in self._digests:
            before, behind = self._parts
            running = self._running.up_to(len(before), name)
            running.update(behind)
            self._digests[name] = running.end()
        return self._digests[name]

    def joined(self) -> bytes:
        """Give the bytes themselves, for signatures without signed attributes."""
        return b"".join(self._parts)


@dataclass(frozen=True, slots=True)
class CoverageVerdict:
    """What a signature covers; `revision` is the state of the file it signed, None when it is PARTIAL."""

    coverage: Coverage
    revision: Revision | None
    signed_bytes: SignedBytes | None
    end: int
    reasons: tuple[str, ...]


def judge_coverage(history: PdfHistory, signed: SignedField, byte_range: PdfObject) -> CoverageVerdict:
    """Compare the ByteRange with where `/Contents` stands and where revisions end.

    The hole must be exactly the hexadecimal string of `/Contents` of this very dictionary: every known form of
    signature wrapping needs a hole of another shape.
    """
    numbers = byte_range if isinstance(byte_range, list) else []
    is_plain = len(numbers) == 4 and all(type(number) is int for number in numbers)
    quadruple = [number for number in numbers if isinstance(number, int)]
    if not is_plain or min(quadruple) < 0 or quadruple[0] != 0:
        return _partial("BYTE_RANGE_INVALID")
    first_end, second_start = quadruple[1], quadruple[2]
    end = second_start + quadruple[3]
    if end > len(history.pdf) or first_end >= second_start:
        return _partial("BYTE_RANGE_INVALID")
    signed_bytes = SignedBytes(history.pdf, (first_end, second_start), end, running=history.digests)
    if signed.hole is None or (first_end, second_start) != signed.hole:
        return CoverageVerdict(Coverage.PARTIAL, None, signed_bytes, end, ("SIGNATURE_WRAPPED",))
    revision = _revision_ending_at(history, end)
    if revision is None:
        return CoverageVerdict(Coverage.PARTIAL, None, signed_bytes, end, ("COVERAGE_PARTIAL",))
    if second_start < revision.start or first_end < revision.start:
        # The dictionary stands in an earlier revision than the one whose end it claims.
        return CoverageVerdict(Coverage.PARTIAL, None, signed_bytes, end, ("SIGNATURE_WRAPPED",))
    coverage = Coverage.ENTIRE_FILE if end == len(history.pdf) else Coverage.ENTIRE_REVISION
    return CoverageVerdict(coverage, revision, signed_bytes, end, ())


def _partial(reason: str) -> CoverageVerdict:
    return CoverageVerdict(Coverage.PARTIAL, None, None, 0, (reason,))


def _revision_ending_at(history: PdfHistory, end: int) -> Revision | None:
    for revision in history.revisions:
        if revision.end <= end <= revision.end_with_eol:
            return revision
    return None
