"""The main job with an officer's key at a remote signing service: versions 1 and 2 of the CSC API, on loopback."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from certify.pipeline import NoCrashPoints, Outcome, OutcomeKind
from certify.pipeline.names import sealed_name
from certify.transitions import ItemState
from guard import AllowedOrigin, GuardedHttp
from keys import (
    ActivationRequest,
    Attendance,
    CredentialKind,
    CscKeys,
    CscWire,
    Mode,
    OfficeKeyStore,
    Pin,
    Subject,
    open_authority,
)
from signing.verify import Verdict, verify_pdf
from tests.bureau import AGENCY_NAME, AT
from tests.csc_service import CLIENT, SECRET, CscService, serve
from tests.journey_office import JourneyOffice, RunningClock, found_office

pytestmark = [pytest.mark.journey, pytest.mark.slow]


class RemoteOffice(JourneyOffice):
    """An office whose officer's key is a credential of a remote signing service."""

    service: CscService


@pytest.fixture(scope="module", params=[pytest.param(1, marks=pytest.mark.matrix), 2], ids=["v1", "v2"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteOffice]:
    home = tmp_path_factory.mktemp("remote-office") / "home"
    url = f"sqlite:///{home}/vidimus.db"
    found_office(home, url)
    for suffix in ("p12", "pem"):
        (home / "keys" / f"officer-1.{suffix}").unlink(missing_ok=True)
    clock, pin = RunningClock(AT), Pin("0000")
    authority = open_authority(home / "authority", clock=clock, random_bytes=secrets.token_bytes)
    issued = authority.issue(
        CredentialKind.OFFICER, subject=Subject("Nguyễn Thị Mẫu", AGENCY_NAME), pin=pin, at=AT, rounds=1000
    )
    private = pkcs12.load_pkcs12(issued.pkcs12, pin.reveal()).key
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    chain = (issued.certificate_der, authority.issuing_der, authority.root_der)
    service = CscService(private, chain, request.param)
    with serve(service) as address:
        wire = CscWire(
            GuardedHttp([AllowedOrigin.from_url(address, allow_private=True)]),
            address,
            version=request.param,
            client_id=CLIENT,
            client_secret=Pin(SECRET),
            clock=clock,
        )
        store = OfficeKeyStore(home / "keys", mode=Mode.DEMO, remote=CscKeys(wire))
        store.link("officer-1", location="csc:cred-1", attendance=Attendance.BY_PERSON)
        opened = RemoteOffice(home, url, crash_hook=NoCrashPoints(), keystore=store)
        opened.service = service
        opened.pipeline.start()
        try:
            yield opened
        finally:
            opened.close()


def _activate(office: RemoteOffice, item_id: str, pin: str) -> str:
    request = ActivationRequest(
        key_id="officer-1",
        user_id=office.facts.officer_id,
        expires_at=office.clock.now() + timedelta(minutes=5),
        digests=(office.pipeline.ready_copy(item_id).sha256_hex or "",),
    )
    return office.desk.activate_by_pin(request, Pin(pin))


def _certify(office: RemoteOffice, item_id: str, pin: str) -> Outcome:
    request = office.approval_request(item_id, activation_id=_activate(office, item_id, pin))
    return office.pipeline.wait_certified(office.pipeline.approve_and_certify(request), timeout_seconds=60)


def _again(office: RemoteOffice, item_id: str, pin: str) -> Outcome:
    approval = office.pipeline.activate_again(
        item_id, officer_id=office.facts.officer_id, activation_id=_activate(office, item_id, pin)
    )
    return office.pipeline.wait_certified(approval, timeout_seconds=60)


def _rows(office: RemoteOffice) -> str:
    """Everything that stands in the database, workflow rows included."""
    with office.database.read() as tx:
        tables = sa.inspect(office.database.engine).get_table_names()
        found = [tx.execute(sa.text(f'SELECT * FROM "{name}"')).all() for name in tables]
    return json.dumps([[str(value) for value in row] for rows in found for row in rows])


def test_a_copy_is_certified_by_a_remote_key_and_a_wrong_pin_keeps_the_number(
    office: RemoteOffice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service = office.service
    item = office.prepared_item()
    number = office.pipeline.register_number(item.item_id)
    # The service alone knows the PIN: a wrong one shows when it is to sign, is sent once, and costs no number.
    refused = _certify(office, item.item_id, "canary-00000000")
    assert (refused.kind, refused.code) == (OutcomeKind.AWAITING_ACTIVATION, "WrongPin")
    assert service.pins_tried == 1
    # The SAD is bound to the one hash that is signed.
    service.calls.clear()
    assert _again(office, item.item_id, service.pin).kind is OutcomeKind.DONE
    assert service.calls[-2:] == ["credentials/authorize", "signatures/signHash"]
    asked: list[Any] = [json.loads(body) for body in service.bodies[-2:]]
    name = "hash" if service.version == 1 else "hashes"
    assert asked[0][name] == asked[1][name]
    assert len(asked[1][name]) == 1
    assert office.pipeline.register_number(item.item_id) == number
    assert office.item(item.item_id).state is ItemState.CERTIFIED
    copy = office.blobs.get(item.document_id, sealed_name(office.pipeline.ready_copy(item.item_id)))
    report = verify_pdf(copy, trust=office.trust(), at=office.clock.now())
    assert report.verdict in {Verdict.VALID, Verdict.VALID_WITH_WARNING}
    # Neither PIN, nor secret, nor what the service said, is written down anywhere.
    told = _rows(office) + caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    for canary in ("canary-00000000", service.pin, SECRET, "canary-description", asked[1]["SAD"]):
        assert canary not in told
