"""Any bytes get a report with a reason, and a signed original can be given back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from guard import Isolation, SandboxPool
from signing.verify import (
    FieldNotSigned,
    Verdict,
    extract_in_child,
    extract_revision,
    verify_in_child,
    verify_pdf,
    verify_sandbox,
)
from tests.attack.make_signed import SignedCopy, make_signed_copy
from tests.blank_copies import blank_copy, encrypted_copy
from tests.office import Office


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> SignedCopy:
    return make_signed_copy(Office(tmp_path_factory.mktemp("office")))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with verify_sandbox(size=1, isolation=Isolation.RLIMITS, public=True) as pool:
        yield pool


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "NOT_A_PDF"),
        (b"\xff\xd8\xff\xe0 a photo", "NOT_A_PDF"),
        (b"%QDF-1.7\nxref\n0 0\ntrailer<</Size 1>>\nstartxref\n9\n%%EOF", "HEADER_DAMAGED"),
        (b"%PDF-1.7\n", "NO_STARTXREF"),
        (b"%PDF-1.7\nstartxref\n9\n%%EOF", "XREF_WRONG"),
        (b"%PDF-1.7\nstartxref\n99999999\n%%EOF", "XREF_WRONG"),
        (b"%PDF-1.7\n" + b"[" * 100_000, "NO_STARTXREF"),
        (b"%PDF-1.7\nxref\n0 99999999\ntrailer<<>>\nstartxref\n9\n%%EOF", "TOO_MANY_OBJECTS"),
        (b"%PDF-1.7\nxref\n0 0\ntrailer" + b"<</A" * 5000 + b"\nstartxref\n9\n%%EOF", "NESTED_TOO_DEEP"),
        (b"%PDF-1.7\nxref\n0 0\ntrailer<</Size 1/Prev 9>>\nstartxref\n9\n%%EOF", "XREF_LOOP"),
        (b"%PDF-1.7\nxref\n0 0\ntrailer<</Size 1/Size 2>>\nstartxref\n9\n%%EOF", "DUPLICATE_KEY"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bytes_that_are_no_sound_pdf_are_malformed(copy: SignedCopy, content: bytes, reason: str) -> None:
    report = verify_pdf(content, trust=copy.trust, at=copy.at)
    assert (report.verdict, report.reasons) == (Verdict.MALFORMED, (reason,))


def test_encrypted_file_is_malformed_with_its_own_reason(copy: SignedCopy) -> None:
    report = verify_pdf(encrypted_copy(), trust=copy.trust, at=copy.at)
    assert (report.verdict, report.reasons) == (Verdict.MALFORMED, ("PASSWORD_PROTECTED",))


def test_unsigned_copy_has_no_signature(copy: SignedCopy) -> None:
    report = verify_pdf(blank_copy(), trust=copy.trust, at=copy.at)
    assert (report.verdict, report.signatures) == (Verdict.NO_SIGNATURE, ())


def test_extracted_revision_is_the_file_that_was_signed(copy: SignedCopy) -> None:
    assert extract_revision(copy.pdf, "Officer") == copy.officer_only
    assert extract_revision(copy.pdf, "ArchiveTimestamp1") == copy.pdf


def test_field_that_is_not_signed_has_no_revision(copy: SignedCopy) -> None:
    with pytest.raises(FieldNotSigned):
        extract_revision(copy.pdf, "Nobody")
    with pytest.raises(FieldNotSigned):
        extract_revision(copy.unsigned, "Officer")


@pytest.mark.slow
def test_child_gives_the_same_report(copy: SignedCopy, sandbox: SandboxPool) -> None:
    here = verify_pdf(copy.pdf, trust=copy.trust, at=copy.at, file_name="a.pdf")
    there = verify_in_child(copy.pdf, trust=copy.trust, at=copy.at, sandbox=sandbox, file_name="a.pdf")
    assert there == here


@pytest.mark.slow
def test_child_extracts_and_refuses_like_the_function(copy: SignedCopy, sandbox: SandboxPool) -> None:
    assert extract_in_child(copy.pdf, field="Officer", sandbox=sandbox) == copy.officer_only
    with pytest.raises(FieldNotSigned):
        extract_in_child(copy.pdf, field="Nobody", sandbox=sandbox)


def test_malformed_file_leaves_the_child_alive(copy: SignedCopy, sandbox: SandboxPool) -> None:
    for _ in range(3):
        report = verify_in_child(b"%PDF-1.4 nonsense", trust=copy.trust, at=copy.at, sandbox=sandbox)
        assert report.verdict is Verdict.MALFORMED
