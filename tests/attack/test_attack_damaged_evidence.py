"""Damage inside signatures and their evidence: every torn DER byte gets a report, and none lends a signature to somebody."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator

import pytest

from signing.verify import Indication, Verdict, VerificationReport, verify_pdf
from signing.verify.syntax import Ref, Stream
from tests.attack.make_signed import SignedCopy, make_signed_copy
from tests.attack.pdf_surgery import Patient, stream
from tests.office import Office

pytestmark = pytest.mark.slow

PASSED = (Verdict.VALID, Verdict.VALID_WITH_WARNING)
TRIES = 300
# A tag of another kind, a length that lies, an end that comes early.
SWAPS = (b"\x30", b"\x31", b"\xa0", b"\x04", b"\x06", b"\x02", b"\x80", b"\x84", b"\xff", b"\x00", b"\x05", b"\x7f")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> SignedCopy:
    return make_signed_copy(Office(tmp_path_factory.mktemp("office")))


def signature_holes(pdf: bytes) -> list[tuple[int, int]]:
    """Where each CMS stands as hexadecimal digits, without its brackets and padding."""
    found = []
    for match in re.finditer(rb"/Contents\s*<([0-9a-fA-F]+)>", pdf):
        digits = match.group(1).rstrip(b"0")
        found.append((match.start(1), match.start(1) + len(digits) // 2 * 2))
    return found


def evidence(patient: Patient) -> list[int]:
    """The objects with certificates, OCSP answers and CRLs in the document security store."""
    store = patient.follow(patient.entries(patient.root)["DSS"])
    assert isinstance(store, dict)
    lists = [patient.follow(store[key]) for key in ("Certs", "OCSPs", "CRLs") if key in store]
    return [item.number for one in lists if isinstance(one, list) for item in one if isinstance(item, Ref)]


def torn_evidence(pdf: bytes, *, seed: int) -> Iterator[bytes]:
    """The file with one piece of its evidence replaced by a torn one, as a later revision of the store may do."""
    patient, chance = Patient(pdf), random.Random(seed)
    numbers = evidence(patient)
    assert len(numbers) >= 3, "certificates and revocation are kept"
    for _ in range(TRIES):
        number = chance.choice(numbers)
        kept = patient.fetch(number)
        assert isinstance(kept, Stream)
        der = zlib.decompress(kept.raw) if "Filter" in kept.entries else kept.raw
        at = chance.randrange(len(der))
        yield patient.append({number: stream(der[:at] + chance.choice(SWAPS) + der[at + 1 :])})


def torn_signatures(pdf: bytes, hole: tuple[int, int], *, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for _ in range(TRIES):
        at = hole[0] + 2 * chance.randrange((hole[1] - hole[0]) // 2)
        swapped = chance.choice(SWAPS).hex().encode()
        if pdf[at : at + 2].lower() != swapped:
            yield pdf[:at] + swapped + pdf[at + 2 :]


def named(report: VerificationReport) -> list[tuple[str, str | None]]:
    """Who is said to have signed, for every signature that passed."""
    return [
        (one.field, one.signer.serial_hex if one.signer else None)
        for one in report.signatures
        if one.indication is Indication.TOTAL_PASSED
    ]


@pytest.mark.parametrize("number", [0, 1, 2], ids=["officer", "seal", "archive time-stamp"])
def test_torn_signature_is_reported_and_never_lent_to_somebody_else(copy: SignedCopy, number: int) -> None:
    honest = named(verify_pdf(copy.pdf, trust=copy.trust, at=copy.at))
    hole = signature_holes(copy.pdf)[number]
    for torn in torn_signatures(copy.pdf, hole, seed=number):
        report = verify_pdf(torn, trust=copy.trust, at=copy.at)
        assert set(named(report)) <= set(honest)
        # The later signatures cover the earlier ones, so nothing torn below them passes.
        assert number == 2 or report.verdict not in PASSED


def test_torn_signature_of_the_officer_alone_is_reported(copy: SignedCopy) -> None:
    honest = named(verify_pdf(copy.officer_only, trust=copy.trust, at=copy.at))
    hole = signature_holes(copy.officer_only)[0]
    for torn in torn_signatures(copy.officer_only, hole, seed=9):
        assert set(named(verify_pdf(torn, trust=copy.trust, at=copy.at))) <= set(honest)


def test_torn_evidence_takes_trust_away_and_gives_none(copy: SignedCopy) -> None:
    honest = named(verify_pdf(copy.pdf, trust=copy.trust, at=copy.at))
    for torn in torn_evidence(copy.pdf, seed=77):
        assert set(named(verify_pdf(torn, trust=copy.trust, at=copy.at))) <= set(honest)


def test_evidence_torn_in_place_below_the_archive_time_stamp_never_passes(copy: SignedCopy) -> None:
    pdf, chance = copy.pdf, random.Random(78)
    begin, end = pdf.rfind(b"AgencySeal"), signature_holes(pdf)[2][0]
    for _ in range(TRIES):
        at = chance.randrange(begin, end)
        torn = pdf[:at] + chance.choice(SWAPS) + pdf[at + 1 :]
        if torn != pdf:
            assert verify_pdf(torn, trust=copy.trust, at=copy.at).verdict not in PASSED
