"""Files an attacker would send: each class has the verdict it is owed, and none reads as VALID."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest

from signing import Mark, NewField, PadesLevel, SignRequest, extend_to_lta, sign_new_field
from signing.verify import Indication, ModifiedAfter, SubIndication, Verdict, verify_pdf
from signing.verify.syntax import Ref
from tests.attack.forge import FORGERIES, Forgery
from tests.attack.make_signed import SignedCopy, certify, make_signed_copy, seal, services
from tests.attack.pdf_surgery import Patient, stream
from tests.blank_copies import blank_copy
from tests.office import Office, sha256_hex


@pytest.fixture(scope="module")
def shared_office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def copy(shared_office: Office) -> SignedCopy:
    return make_signed_copy(shared_office)


def test_untouched_copy_is_valid_as_a_specimen(copy: SignedCopy) -> None:
    report = verify_pdf(copy.pdf, trust=copy.trust, at=copy.at)
    assert report.verdict is Verdict.VALID_WITH_WARNING
    assert report.warnings == ("SPECIMEN",)
    assert [one.indication for one in report.signatures] == [Indication.TOTAL_PASSED] * 3


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_forged_copy_gets_the_verdict_it_is_owed(copy: SignedCopy, forgery: Forgery) -> None:
    forged = forgery.make(copy.pdf)
    assert forged != copy.pdf
    report = verify_pdf(forged, trust=copy.trust, at=copy.at)
    assert report.verdict in forgery.owed, report.to_dict()


@pytest.fixture(scope="module")
def packed_copy(shared_office: Office) -> SignedCopy:
    unsigned = blank_copy(filler=b"birth certificate" * 40, object_streams=True)
    return make_signed_copy(shared_office, unsigned=unsigned)


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_forged_copy_with_object_streams_gets_the_verdict_it_is_owed(packed_copy: SignedCopy, forgery: Forgery) -> None:
    report = verify_pdf(forgery.make(packed_copy.pdf), trust=packed_copy.trust, at=packed_copy.at)
    assert report.verdict in forgery.owed, report.to_dict()


def test_object_filling_a_gap_left_before_signing_is_caught(office: Office) -> None:
    # A page that refers to an object that does not exist yet: what it shows is decided after signing.
    patient = Patient(blank_copy(part=None))
    page = patient.pages()[0]
    prepared = patient.append({page: patient.entries(page) | {"Contents": Ref(4000, 0)}})
    copy = make_signed_copy(office, unsigned=prepared)
    filled = Patient(copy.pdf).append({4000: stream(b"BT (FORGED) Tj ET")})
    assert verify_pdf(copy.pdf, trust=copy.trust, at=copy.at).verdict is Verdict.VALID_WITH_WARNING
    assert verify_pdf(filled, trust=copy.trust, at=copy.at).verdict is Verdict.INVALID


def test_signature_of_an_unknown_authority_with_the_same_names_is_indeterminate(
    copy: SignedCopy, tmp_path: Path
) -> None:
    impostor = make_signed_copy(Office(tmp_path / "impostor"))
    report = verify_pdf(impostor.pdf, trust=copy.trust, at=copy.at)
    assert report.verdict is Verdict.INDETERMINATE
    assert "NO_CERTIFICATE_CHAIN_FOUND" in report.reasons
    assert all(one.technically_valid for one in report.signatures)


def test_attackers_own_later_signature_is_never_valid(copy: SignedCopy, tmp_path: Path) -> None:
    attacker = Office(tmp_path / "attacker", at=copy.at)
    report = verify_pdf(seal(attacker, copy.officer_only, level=PadesLevel.B_T), trust=copy.trust, at=copy.at)
    assert [one.trusted for one in report.signatures] == [True, False]
    assert report.signatures[0].indication is Indication.TOTAL_PASSED
    assert report.verdict is Verdict.INDETERMINATE


def test_signature_in_an_attackers_own_field_is_never_valid(office: Office, tmp_path: Path) -> None:
    approved = sign_in_new_field(office, blank_copy(), name="Approval")
    attacker = Office(tmp_path / "attacker")
    report = verify_pdf(sign_in_new_field(attacker, approved, name="Attacker"), trust=office.trust, at=office.now)
    assert report.signatures[0].modified_after is ModifiedAfter.SIGNING
    assert report.verdict is Verdict.INDETERMINATE


def sign_in_new_field(office: Office, pdf: bytes, *, name: str) -> bytes:
    signer = office.activated_signer(office.officer(), sha256_hex(pdf))
    request = SignRequest(field=name, level=PadesLevel.B_T, signed_at=office.now)
    return sign_new_field(pdf, request=request, signer=signer, services=services(office), new_field=NewField()).pdf


def test_attackers_visible_signature_on_a_certified_copy_breaks_it(copy: SignedCopy, tmp_path: Path) -> None:
    attacker = Office(tmp_path / "attacker", at=copy.at)
    person = attacker.officer()
    signed = sign_new_field(
        copy.unsigned,
        request=SignRequest(field="Attacker", level=PadesLevel.B_B, signed_at=attacker.now, mark=Mark(("FORGED",))),
        signer=attacker.activated_signer(person, sha256_hex(copy.unsigned)),
        services=services(attacker),
        new_field=NewField(box_pt=(50, 300, 500, 700)),
    )
    cover = Patient(signed.pdf)
    widget = cover.entries(cover.field("Attacker"))
    patient = Patient(copy.pdf)
    page, new = patient.pages()[0], patient.size
    form = patient.follow(patient.entries(patient.root)["AcroForm"])
    assert isinstance(form, dict)
    fields = patient.follow(form["Fields"])
    assert isinstance(fields, list)
    forged = patient.append(
        {
            new: widget | {"V": Ref(new + 1, 0), "AP": {"N": Ref(new + 2, 0)}},
            new + 1: cover.follow(widget["V"]),
            new + 2: stream(b"0 g 0 0 450 400 re f", Type="XObject", Subtype="Form", BBox=[0, 0, 450, 400]),
            page: patient.entries(page) | {"Annots": [Ref(new, 0)]},
            patient.root: patient.entries(patient.root) | {"AcroForm": form | {"Fields": [*fields, Ref(new, 0)]}},
        }
    )
    report = verify_pdf(forged, trust=copy.trust, at=copy.at)
    assert report.verdict is Verdict.INVALID
    assert "DOCMDP_BROKEN" in report.reasons


def test_reprinted_copy_has_no_signature(copy: SignedCopy, tmp_path: Path) -> None:
    stripped = tmp_path / "stripped.pdf"
    with pikepdf.open(_file(tmp_path, copy.pdf)) as pdf:
        del pdf.Root.AcroForm
        del pdf.Root.Perms
        for page in pdf.pages:
            if "/Annots" in page:
                del page.Annots
        pdf.save(stripped)
    report = verify_pdf(stripped.read_bytes(), trust=copy.trust, at=copy.at)
    assert report.verdict is Verdict.NO_SIGNATURE
    assert report.signatures == ()


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "unsigned.pdf"
    path.write_bytes(content)
    return path


def test_removed_signature_is_named_as_such(copy: SignedCopy) -> None:
    by_name = {forgery.name: forgery for forgery in FORGERIES}
    report = verify_pdf(by_name["the form removed"].make(copy.pdf), trust=copy.trust, at=copy.at)
    assert report.verdict is Verdict.INVALID
    assert "SIGNATURE_REMOVED" in report.reasons


def test_rolled_back_copy_is_judged_as_the_earlier_state(copy: SignedCopy) -> None:
    report = verify_pdf(copy.officer_only, trust=copy.trust, at=copy.at)
    assert [one.field for one in report.signatures] == ["Officer"]
    assert report.verdict is Verdict.VALID_WITH_WARNING


def test_honest_archiving_keeps_a_copy_valid(office: Office) -> None:
    copy = make_signed_copy(office)
    archived = copy.pdf
    for _ in range(3):
        office.clock.advance(timedelta(hours=2))
        archived = extend_to_lta(archived, services=services(office), at=office.now).pdf
    report = verify_pdf(archived, trust=office.trust, at=office.now + timedelta(minutes=1))
    assert report.verdict is Verdict.VALID_WITH_WARNING, report.to_dict()
    assert report.warnings == ("SPECIMEN",)
    assert report.signatures[1].modified_after is ModifiedAfter.LTA_UPDATE


def test_copy_sealed_after_certification_keeps_the_officers_signature(office: Office) -> None:
    sealed = seal(office, certify(office, blank_copy()), level=PadesLevel.B_T)
    report = verify_pdf(sealed, trust=office.trust, at=office.now + timedelta(minutes=1))
    assert report.signatures[0].modified_after is ModifiedAfter.SIGNING
    assert report.signatures[0].sub_indication is not SubIndication.FORMAT_FAILURE
