"""Signatures that other software made are extended too: no earlier byte changes, and a level is made or refused."""

from __future__ import annotations

import asyncio
import io
import secrets
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter

from keys import CredentialKind, KeyAlgorithm, KeysError, Pin, Subject
from signing import (
    LevelUnreachable,
    NewField,
    NoSignatureToExtend,
    PadesLevel,
    PdfHybrid,
    SigningError,
    SigningForbidden,
    SigningServices,
    SignRequest,
    extend,
    sign_field,
    sign_new_field,
)
from signing.verify import verify_pdf
from tests.blank_copies import blank_copy
from tests.office import AGENCY, Office
from tests.unit.signing.conftest import MakeSigner

CORPUS = Path(__file__).parents[3].parent / "shared" / "corpora" / "pades"
needs_corpus = pytest.mark.skipif(
    not (CORPUS / "expectations.json").exists(),
    reason=f"NOT MEASURED: the third-party corpus is not at {CORPUS}; signing foreign files is unknown here",
)


def signed_by_pyhanko(office: Office, folder: Path, algorithm: KeyAlgorithm, subfilter: SigSeedSubFilter) -> bytes:
    """A plain signature as stock pyHanko makes it, by a key of the office's authority."""
    pin = secrets.token_hex(8)
    issued = office.authority.issue(
        CredentialKind.OFFICER,
        subject=Subject(cn="Nguyễn Thị Mẫu", o=AGENCY),
        pin=Pin(pin),
        at=office.now,
        algorithm=algorithm,
        rounds=1000,
    )
    path = folder / "key.p12"
    path.write_bytes(issued.pkcs12)
    load: Any = signers.SimpleSigner.load_pkcs12
    signer = load(str(path), passphrase=pin.encode())
    meta: Any = signers.PdfSignatureMetadata
    made = signers.async_sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(blank_copy())),
        meta(field_name="Officer", subfilter=subfilter, md_algorithm="sha256"),
        signer=signer,
    )
    written: io.BytesIO = asyncio.run(made)
    return written.getvalue()


@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_signature_of_stock_pyhanko_is_extended_to_lta(
    office: Office, services: SigningServices, tmp_path: Path, algorithm: KeyAlgorithm
) -> None:
    foreign = signed_by_pyhanko(office, tmp_path, algorithm, SigSeedSubFilter.PADES)
    with pytest.raises(LevelUnreachable):
        extend(foreign, level=PadesLevel.B_LT, services=services, at=office.now)
    extended = extend(foreign, level=PadesLevel.B_LTA, services=services, at=office.now)
    assert extended.pdf.startswith(foreign)
    report = verify_pdf(extended.pdf, trust=office.trust, at=office.now)
    assert report.signatures[0].level.value == "PAdES-B-LTA"
    assert all(one.technically_valid and one.trusted for one in report.signatures)


def test_older_form_of_signature_is_kept_too_though_it_is_no_baseline_level(
    office: Office, services: SigningServices, tmp_path: Path
) -> None:
    foreign = signed_by_pyhanko(office, tmp_path, KeyAlgorithm.RSA_SHA256, SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    extended = extend(foreign, level=PadesLevel.B_LTA, services=services, at=office.now)
    assert extended.pdf.startswith(foreign)
    assert verify_pdf(extended.pdf, trust=office.trust, at=office.now).signatures[0].technically_valid


@pytest.mark.slow
@needs_corpus
# Names in foreign certificates are longer than X.520 allows; cryptography warns and reads them.
@pytest.mark.filterwarnings("ignore:Attribute's length must be")
def test_every_file_of_the_corpus_is_extended_whole_or_refused_by_name(
    office: Office, services: SigningServices
) -> None:
    outcomes: dict[str, str] = {}
    for path in sorted(CORPUS.glob("*.pdf")):
        pdf = path.read_bytes()
        try:
            extended = extend(pdf, level=PadesLevel.B_LTA, services=services, at=office.now)
        except (SigningError, KeysError) as exc:
            outcomes[path.name] = type(exc).__name__
        else:
            assert extended.pdf.startswith(pdf), path.name
            outcomes[path.name] = "EXTENDED"
    assert len(outcomes) > 60
    # Nothing of a stranger's trust service can be asked here: what is refused says so, and nothing else escapes.
    assert set(outcomes.values()) <= {
        "EXTENDED",
        "ChainIncomplete",
        "RevocationUnavailable",
        "RevocationRejected",
        NoSignatureToExtend.__name__,
        "NotAPdf",
        "PdfEncrypted",
        "PdfHybrid",
        "PdfaOne",
    }, outcomes


@needs_corpus
def test_certification_that_permits_no_change_forbids_a_signature(
    office: Office, services: SigningServices, officer_signer: MakeSigner
) -> None:
    pdf = (CORPUS / "validation__dss-2554__certified-no-change-permitted.pdf").read_bytes()
    # This file is hybrid besides, which is found first; a plain file certified so is in test_signing_refusals.py.
    with pytest.raises((SigningForbidden, PdfHybrid)):
        sign_new_field(
            pdf,
            request=SignRequest(field="Another", level=PadesLevel.B_B, signed_at=office.now),
            signer=officer_signer(),
            services=services,
            new_field=NewField(),
        )


@needs_corpus
def test_locks_of_a_foreign_form_are_kept_from_signature_to_signature(
    office: Office, services: SigningServices, officer_signer: MakeSigner
) -> None:
    pdf = (CORPUS / "validation__dss-2554__fieldmdp-exclude.pdf").read_bytes()

    def sign(before: bytes, field: str) -> bytes:
        request = SignRequest(field=field, level=PadesLevel.B_B, signed_at=office.now)
        return sign_field(before, request=request, signer=officer_signer(), services=services).pdf

    # The holder's lock leaves the two other signatures free; the second signer locks everything.
    by_holder = sign(pdf, "Handtekening houder")
    by_both = sign(by_holder, "Handtekening QuoVadis")
    assert by_both.startswith(by_holder)
    with pytest.raises(SigningForbidden, match="locked"):
        sign(by_both, "Handtekening vertegenwoordiger")
