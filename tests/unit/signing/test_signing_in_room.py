"""Documents too large for memory are signed, sealed, extended and completed in a file, as they would be in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guard import FilePayload, Payload, Room, Spool, bytes_of
from signing import (
    DeferredMismatch,
    PadesLevel,
    SigningServices,
    bytes_to_sign,
    complete_deferred,
    extend_to_lta,
    growing,
    prepare_deferred,
    read_protection,
    sign_field,
)
from signing.verify import Verdict, verify_pdf
from tests.blank_copies import blank_copy
from tests.office import Office, sha256_hex
from tests.unit.signing.conftest import MakeRequest, MakeSigner


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with Spool(tmp_path / "spool", held_bytes=0).room() as opened:
        yield opened


@pytest.fixture
def copy(room: Room) -> Payload:
    return room.take(lambda file: file.write(blank_copy()) and None)


@pytest.mark.parametrize("level", list(PadesLevel))
def test_signature_in_a_file_is_valid_and_lies_in_that_file(
    office: Office,
    services: SigningServices,
    officer_signer: MakeSigner,
    ask: MakeRequest,
    room: Room,
    copy: Payload,
    level: PadesLevel,
) -> None:
    signed = sign_field(growing(copy, room=room), request=ask(level=level), signer=officer_signer(), services=services)
    assert isinstance(signed.content, FilePayload)
    assert signed.sha256_hex == sha256_hex(signed.pdf) == signed.content.sha256_hex()
    assert signed.pdf.startswith(bytes_of(copy))
    report = verify_pdf(signed.pdf, trust=office.trust, at=office.now)
    assert report.verdict in {Verdict.VALID, Verdict.VALID_WITH_WARNING}
    assert report.signatures[0].level == level.value


def test_the_file_that_was_signed_stays_as_it_was(
    services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest, room: Room, copy: Payload
) -> None:
    before = bytes_of(copy)
    sign_field(growing(copy, room=room), request=ask(level=PadesLevel.B_B), signer=officer_signer(), services=services)
    assert bytes_of(copy) == before


def test_extension_in_a_file_says_the_same_protection_as_in_memory(
    office: Office,
    services: SigningServices,
    officer_signer: MakeSigner,
    ask: MakeRequest,
    room: Room,
    copy: Payload,
) -> None:
    request = ask(level=PadesLevel.B_T)
    signed = sign_field(growing(copy, room=room), request=request, signer=officer_signer(), services=services)
    extended = extend_to_lta(growing(signed.content, room=room), services=services, at=office.now)
    assert isinstance(extended.content, FilePayload)
    assert read_protection(extended.content) == read_protection(extended.pdf)
    assert verify_pdf(extended.pdf, trust=office.trust, at=office.now).verdict is not Verdict.INVALID


@pytest.mark.parametrize("level", [PadesLevel.B_B, PadesLevel.B_LTA])
def test_key_in_other_hands_completes_a_file(
    office: Office, services: SigningServices, ask: MakeRequest, room: Room, copy: Payload, level: PadesLevel
) -> None:
    owner = office.officer()
    deferred = prepare_deferred(
        growing(copy, room=room), request=ask(level=level), credential=owner.credential, services=services
    )
    assert isinstance(deferred.content, FilePayload)
    prepared = growing(deferred.content, room=room)
    assert bytes_to_sign(prepared, state=deferred.state, credential=owner.credential) == deferred.to_be_signed
    key = office.keystore.open_key(owner.key_id, owner.pin)
    try:
        signature = key.sign(deferred.to_be_signed)
    finally:
        key.close()
    signed = complete_deferred(
        prepared,
        state=deferred.state,
        signature=signature,
        credential=owner.credential,
        services=services,
        at=office.now,
    )
    assert isinstance(signed.content, FilePayload)
    assert signed.sha256_hex == sha256_hex(signed.pdf)
    report = verify_pdf(signed.pdf, trust=office.trust, at=office.now)
    assert report.verdict in {Verdict.VALID, Verdict.VALID_WITH_WARNING}
    assert report.signatures[0].level == level.value


def test_file_changed_after_it_was_prepared_is_not_completed(
    office: Office, services: SigningServices, ask: MakeRequest, room: Room, copy: Payload
) -> None:
    owner = office.officer()
    deferred = prepare_deferred(
        growing(copy, room=room), request=ask(level=PadesLevel.B_B), credential=owner.credential, services=services
    )
    changed = room.take(lambda file: file.write(deferred.prepared_pdf + b"\n") and None)
    with pytest.raises(DeferredMismatch, match="not the one that was prepared"):
        bytes_to_sign(growing(changed, room=room), state=deferred.state, credential=owner.credential)
