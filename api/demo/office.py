"""The invented ward office of the demonstration: agencies, staff, keys, delegation, seal, book, accounts, citizens."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from api.access import Principal, Role
from api.demo.seal_picture import draw_specimen_seal
from api.identity import Door, Password, create_account, find_account
from api.services import Services
from certify import (
    CERTIFY_COPIES,
    Act,
    Agency,
    Attestation,
    Capacity,
    Delegation,
    NewCredential,
    OwnerKind,
    StaffMember,
    add_agency,
    add_delegation,
    add_seal_policy,
    add_staff,
    enrol_key,
    get_staff,
    open_book,
)
from certify import Role as StaffRole
from guard import new_ulid
from keys import Attendance, CredentialKind, Pin, Pkcs12KeyStore, Subject, read_certificate_facts
from samples.cast import CAST, VICE_CHAIRMAN, WARD_OFFICE
from vault import HolderKind, Identity, NewHolder, claim_vault, enrol_holder

WARD: Final = "THIDU"
OFFICER_LOGIN: Final = "can-bo"
RECIPIENT_LOGIN: Final = "tu-phap"
OFFICER_KEY: Final = "officer-thidu"
SEAL_KEY: Final = "seal-thidu"
# Written on the screen of the demonstration and worth nothing elsewhere: the keys it opens say SPECIMEN.
OFFICER_PIN: Final = "240226"
# Likewise: it lets a program come in by `POST /v1/sessions`.
DEMO_PASSWORD: Final = "mau-thu-khong-dung-that"  # noqa: S105
_WITH_PASSWORD: Final = frozenset({OFFICER_LOGIN, RECIPIENT_LOGIN, "an"})
_YEARS: Final = timedelta(days=365)

_AGENCIES: Final = (
    (WARD, WARD_OFFICE, "People's Committee of Thi Du Ward", "Comité populaire du quartier de Thi Du"),
    ("THIDU-JUSTICE", "Phòng Tư pháp Thí Dụ", "Thi Du Justice Office", "Bureau de la justice de Thi Du"),
    ("THIDU-EDU", "Phòng Giáo dục Thí Dụ", "Thi Du Education Office", "Bureau de l’éducation de Thi Du"),
    ("THIDU-LABOUR", "Trung tâm Việc làm Thí Dụ", "Thi Du Employment Centre", "Centre pour l’emploi de Thi Du"),
)


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """Who acts in the story, with what they need for it."""

    officer: Principal
    recipient: Principal
    holders: dict[str, str] = field(repr=False)

    def citizen(self, key: str) -> Principal:
        """One of the cast as a signed-in citizen."""
        return Principal(None, frozenset({Role.CITIZEN}), self.holders[key])


def found_office(services: Services) -> None:
    """Write the invented office into an empty demo home."""
    at = services.clock.now()
    start, end = at - timedelta(hours=1), at + 2 * _YEARS
    serial_hex = _issue_keys(services, at)
    services.seal_pictures.keep(WARD, draw_specimen_seal())
    with services.database.transaction() as tx:
        for code, vi, en, fr in _AGENCIES:
            seal = SEAL_KEY if code == WARD else None
            add_agency(tx, Agency(code, vi, en, fr, "COMMUNE", None, seal, "SCTĐT/BS", at - 10 * _YEARS, None))
        officer = _staff(
            services,
            at,
            WARD,
            VICE_CHAIRMAN,
            "Phó Chủ tịch",
            (StaffRole.COUNTER_CLERK, StaffRole.CERTIFIER),
            OFFICER_KEY,
            serial_hex,
        )
        recipient = _staff(
            services, at, "THIDU-JUSTICE", "Lâm Tuệ Mẫn", "Chuyên viên", (StaffRole.COUNTER_CLERK,), None, None
        )
        add_staff(tx, officer)
        add_staff(tx, recipient)
        add_delegation(
            tx,
            Delegation(
                _id(services, at),
                officer.staff_id,
                Capacity.KT,
                "Chủ tịch",
                CERTIFY_COPIES,
                "12/QĐ-UBND",
                start,
                end,
            ),
        )
        # In production a seal keeper acts; a dated decision may let the agency seal by itself, as here.
        add_seal_policy(
            tx,
            policy_id=_id(services, at),
            agency_code=WARD,
            decision_number="13/QĐ-UBND",
            valid_from=start,
            valid_until=end,
        )
        open_book(tx, agency_code=WARD, law=services.law, at=at, random_bytes=services.random_bytes)
        act = Act("demo", at, services.random_bytes)
        for key_id, kind, owner in (
            (OFFICER_KEY, OwnerKind.PERSONAL, officer.staff_id),
            (SEAL_KEY, OwnerKind.AGENCY, WARD),
        ):
            new = NewCredential(key_id, kind, owner, attestation=Attestation.SOFTWARE)
            enrol_key(tx, new, certificate_der=services.keystore.credential(key_id).certificate_der, act=act)
        for login, member in ((OFFICER_LOGIN, officer), (RECIPIENT_LOGIN, recipient)):
            create_account(
                tx,
                door=Door.STAFF,
                subject_id=member.staff_id,
                login=login,
                password=_password(login),
                at=at,
                random_bytes=services.random_bytes,
            )
        for key, citizen in CAST.items():
            holder = enrol_holder(
                tx,
                NewHolder(HolderKind.PERSON, Identity(citizen.name, citizen.id_number, citizen.born_on), WARD),
                index=services.number_index,
                vault=services.blobs,
                at=at,
                random_bytes=services.random_bytes,
            )
            account = create_account(
                tx,
                door=Door.CITIZEN,
                subject_id=holder.holder_id,
                login=key,
                password=_password(key),
                at=at,
                random_bytes=services.random_bytes,
            )
            claim_vault(tx, holder.holder_id, account_id=account.account_id, at=at)


def demo_people(services: Services) -> DemoPeople:
    """Give the people of a founded demo office."""
    with services.database.read() as tx:
        officer = get_staff(tx, find_account(tx, OFFICER_LOGIN).subject_id)
        recipient = get_staff(tx, find_account(tx, RECIPIENT_LOGIN).subject_id)
        holders = {key: find_account(tx, key).subject_id for key in CAST}
    return DemoPeople(_principal(officer), _principal(recipient), holders)


def _principal(member: StaffMember) -> Principal:
    return Principal(None, frozenset(Role(role.value) for role in member.roles), member.staff_id, member.agency_code)


def _issue_keys(services: Services, at: datetime) -> str:
    """Have the embedded authority issue the officer's key and the agency's seal; gives the officer's serial in hex."""
    if services.authority is None or not isinstance(services.keystore, Pkcs12KeyStore):
        raise TypeError("the demonstration needs the embedded authority and PKCS#12 keys")
    officer_pin = Pin(OFFICER_PIN)
    officer = services.authority.issue(
        CredentialKind.OFFICER, subject=Subject(cn=VICE_CHAIRMAN, o=WARD_OFFICE), pin=officer_pin, at=at
    )
    services.keystore.install(OFFICER_KEY, pkcs12=officer.pkcs12, pin=officer_pin, attendance=Attendance.BY_PERSON)
    seal_pin = Pin(base64.b32encode(services.random_bytes(20)).decode())
    seal = services.authority.issue(
        CredentialKind.SEAL, subject=Subject(cn=WARD_OFFICE, o=WARD_OFFICE), pin=seal_pin, at=at
    )
    services.keystore.install(SEAL_KEY, pkcs12=seal.pkcs12, pin=seal_pin, attendance=Attendance.UNATTENDED)
    return f"{read_certificate_facts(officer.certificate_der).serial:x}"


def _staff(
    services: Services,
    at: datetime,
    agency: str,
    name: str,
    position: str,
    roles: tuple[StaffRole, ...],
    key_id: str | None,
    serial_hex: str | None,
) -> StaffMember:
    return StaffMember(_id(services, at), agency, name, position, frozenset(roles), key_id, serial_hex)


def _password(login: str) -> Password | None:
    return Password(DEMO_PASSWORD) if login in _WITH_PASSWORD else None


def _id(services: Services, at: datetime) -> str:
    return new_ulid(at=at, random_bytes=services.random_bytes)
