"""A sample of another country: the same code certifies an authentic copy in Spanish, because every rule is data."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from api.access import Principal, Role
from api.acts import citizen, staff, verifier
from api.acts.inspection import compare_and_prepare
from api.errors import SampleLawInProduction
from api.founding import found_home
from api.law import open_law
from api.services import Services, open_services
from api.settings import DoorSettings, read_settings, settings_for_home
from certify import (
    CERTIFY_COPIES,
    Agency,
    Capacity,
    Delegation,
    StaffMember,
    add_agency,
    add_delegation,
    add_seal_policy,
    add_staff,
    fee,
    load_law,
    open_book,
)
from certify import Role as StaffRole
from certify.pipeline import OutcomeKind
from guard import new_ulid
from keys import Attendance, CredentialKind, Mode, Pin, Pkcs12KeyStore, Subject
from signing.verify import Verdict
from tests.small_paper import small_scan
from vault import RenditionKind

TOWN = "VILLAEJEMPLO"
TOWN_NAME = "Ayuntamiento de Villaejemplo"
PIN = "735190"

pytestmark = pytest.mark.journey


@pytest.fixture
def town(tmp_path: Path) -> Iterator[tuple[Services, Principal]]:
    """A demo home of the sample country with one officer, who may certify and whose town may seal."""
    home = tmp_path / "home"
    settings = replace(
        settings_for_home(read_settings({}), home), portal=DoorSettings("VIDIMUS_PORTAL"), ocr_processes=1
    )
    now = datetime.now(UTC)
    found_home(home, mode=Mode.DEMO, at=now, database_url=settings.database_url, country="es")
    with open_services(settings) as services:
        yield services, _open_town(services)


def _open_town(services: Services) -> Principal:
    assert services.authority is not None
    assert isinstance(services.keystore, Pkcs12KeyStore)
    at = services.clock.now()
    start, end = at - timedelta(days=1), at + timedelta(days=300)
    for key_id, kind, cn, pin, attendance in (
        ("officer", CredentialKind.OFFICER, "Funcionaria de Ejemplo", PIN, Attendance.BY_PERSON),
        ("seal", CredentialKind.SEAL, TOWN_NAME, secrets.token_hex(16), Attendance.UNATTENDED),
    ):
        issued = services.authority.issue(kind, subject=Subject(cn=cn, o=TOWN_NAME), pin=Pin(pin), at=at)
        services.keystore.install(key_id, pkcs12=issued.pkcs12, pin=Pin(pin), attendance=attendance)

    def fresh() -> str:
        return new_ulid(at=at, random_bytes=services.random_bytes)

    names = (f"Tòa thị chính {TOWN}", "Town of Villaejemplo", "Mairie de Villaejemplo")
    roles = frozenset({StaffRole.COUNTER_CLERK, StaffRole.CERTIFIER})
    officer = StaffMember(fresh(), TOWN, "Funcionaria de Ejemplo", "Secretaria general", roles, "officer")
    with services.database.transaction() as tx:
        add_agency(tx, Agency(TOWN, *names, "MUNICIPALITY", None, "seal", "CEA", start, None, TOWN_NAME))
        add_staff(tx, officer)
        add_delegation(
            tx,
            Delegation(fresh(), officer.staff_id, Capacity.TUQ, "la Alcaldía", CERTIFY_COPIES, "7/2026", start, end),
        )
        add_seal_policy(
            tx, policy_id=fresh(), agency_code=TOWN, decision_number="8/2026", valid_from=start, valid_until=end
        )
        open_book(tx, agency_code=TOWN, law=services.law, at=at, random_bytes=services.random_bytes)
    return Principal(None, frozenset({Role.COUNTER_CLERK, Role.CERTIFIER}), officer.staff_id, TOWN)


def test_town_in_spain_certifies_an_authentic_copy_by_data_alone(town: tuple[Services, Principal]) -> None:
    services, officer = town
    intake = staff.Intake(
        content=small_scan(),
        declared_type="image/jpeg",
        holder_number="000190000009",
        doc_type="ES.CERT_NACIMIENTO",
        holder_name="Ana Ejemplo",
    )
    item = staff.take_in(services, officer, intake)
    assert services.pipeline.wait_read(item.item_id, timeout_seconds=120).kind is OutcomeKind.DONE
    view = staff.view_item(services, officer, item.item_id)
    compare_and_prepare(services, officer, item.item_id, pages_compared=view.item.page_count or 0)
    ready = services.pipeline.ready_copy(item.item_id)
    checklist = tuple(line.code for line in services.law_now.checklist)
    assert checklist == ("ORIGINAL_SEEN", "PAGES_COMPARED")
    form = staff.ApprovalForm(ready.sha256_hex or "", checklist, Pin(PIN))
    approval = staff.approve_copy(services, officer, item.item_id, form=form)
    assert services.pipeline.wait_certified(approval, timeout_seconds=120).kind is OutcomeKind.DONE

    done = services.pipeline.item(item.item_id)
    holder = Principal(None, frozenset({Role.CITIZEN}), view.case.holder_id)
    record = citizen.record(services, holder, done.record_id or "")
    pdf = services.blobs.read(record.newest(RenditionKind.SIGNED_PDF).blob)
    with pypdfium2.PdfDocument(pdf) as document:
        words = "\n".join(document[page].get_textpage().get_text_range() for page in range(len(document)))
    year = services.law.local_date(approval.approved_at).year
    for said in ("COPIA ELECTRÓNICA AUTÉNTICA", "CSV:", TOWN_NAME, f"libro {year}/CEA", "MUESTRA", "por la Alcaldía"):
        assert said in words
    assert "CHỨNG THỰC" not in words
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.Root.Lang == "es"

    answer = verifier.verify_file(services, pdf, file_name="copia.pdf")
    assert answer.verdict in {Verdict.VALID, Verdict.VALID_WITH_WARNING}
    assert "SPECIMEN" in answer.warnings
    by_code = verifier.answer_code(services, record.code or "", channel="TYPED")
    assert dict(by_code.agency_names) == {
        "vi": f"Tòa thị chính {TOWN}",
        "en": "Town of Villaejemplo",
        "fr": "Mairie de Villaejemplo",
    }


def test_tariff_that_begins_next_year_costs_nothing_before() -> None:
    law = load_law("es")
    last_evening = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)
    assert fee(law, pages=12, copies=2, at=last_evening).amount == 0
    due = fee(law, pages=12, copies=2, at=last_evening + timedelta(minutes=1))
    assert (due.amount, due.currency, due.rule_version) == (2 * 320, "EUR", "ES-EJEMPLO-2027")


def test_sample_of_a_law_is_refused_where_copies_are_real() -> None:
    with pytest.raises(SampleLawInProduction, match="sample"):
        open_law("es", mode=Mode.PRODUCTION)
    assert not open_law("vn", mode=Mode.PRODUCTION).is_sample
