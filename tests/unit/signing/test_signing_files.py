"""Files on disk: signed and extended without being held in memory, and never left half-done."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from keys import TimestampUnavailable
from signing import (
    LevelUnreachable,
    NewField,
    NotAPdf,
    PadesLevel,
    SigningServices,
    extend,
    extend_file,
    sign_field,
    sign_file,
)
from signing.reading import open_revision
from signing.sign import finish_signature, prepare_hashed
from signing.source import BytesStore, HashedPdf, RunningDigest
from signing.verify import verify_pdf
from tests.blank_copies import blank_copy
from tests.office import Office, sha256_hex
from tests.unit.signing.conftest import MakeRequest, MakeSigner


class SilentTimestamps:
    """A time-stamping authority that never answers."""

    # It says the same whatever it is asked.
    def stamp(self, imprint_sha256: bytes, *, at_sent: object) -> object:  # noqa: ARG002
        raise TimestampUnavailable("nobody answers")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing else in it."""
    made = tmp_path / "files"
    made.mkdir()
    return made


@pytest.mark.parametrize("level", list(PadesLevel))
def test_file_signed_on_disk_is_what_signing_in_memory_gives(
    folder: Path,
    office: Office,
    services: SigningServices,
    officer_signer: MakeSigner,
    ask: MakeRequest,
    level: PadesLevel,
) -> None:
    pdf = blank_copy()
    source, target = folder / "ready.pdf", folder / "signed.pdf"
    source.write_bytes(pdf)
    signed = sign_file(source, target, request=ask(level=level), signer=officer_signer(), services=services)
    written = target.read_bytes()
    assert written.startswith(pdf)
    assert signed.sha256_hex == sha256_hex(written)
    assert (signed.renew_before is None) == (level is PadesLevel.B_B)
    report = verify_pdf(written, trust=office.trust, at=office.now)
    (signature,) = [found for found in report.signatures if found.field == "Officer"]
    assert signature.level.value == level.value
    assert signature.technically_valid


def test_file_may_be_signed_in_its_own_place(
    folder: Path, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    path = folder / "copy.pdf"
    # Made once: the moment stands in its colour profile.
    blank = blank_copy(fields=())
    path.write_bytes(blank)
    sign_file(path, path, request=ask(mark=None), signer=officer_signer(), services=services, new_field=NewField())
    assert path.read_bytes().startswith(blank)
    assert [found.name for found in folder.iterdir()] == ["copy.pdf"]


def test_refused_file_leaves_the_target_as_it_was(
    folder: Path, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    source, target = folder / "no.pdf", folder / "target.pdf"
    source.write_bytes(b"this is no PDF")
    target.write_bytes(b"what stood here before")
    with pytest.raises(NotAPdf):
        sign_file(source, target, request=ask(), signer=officer_signer(), services=services)
    assert target.read_bytes() == b"what stood here before"
    assert len(list(folder.iterdir())) == 2


def test_silent_time_stamping_service_leaves_nothing_half_signed(
    folder: Path, office: Office, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    source, target = folder / "ready.pdf", folder / "signed.pdf"
    source.write_bytes(blank_copy())
    silent = SigningServices(timestamps=SilentTimestamps(), revocation=office.revocation)  # type: ignore[arg-type]
    with pytest.raises(TimestampUnavailable):
        sign_file(source, target, request=ask(level=PadesLevel.B_T), signer=officer_signer(), services=silent)
    assert [found.name for found in folder.iterdir()] == ["ready.pdf"]


def test_extension_on_disk_keeps_every_earlier_byte(
    folder: Path, office: Office, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(level=PadesLevel.B_T), signer=officer_signer(), services=services)
    path, extended = folder / "bt.pdf", folder / "lta.pdf"
    path.write_bytes(signed.pdf)
    done = extend_file(path, extended, level=PadesLevel.B_LTA, services=services, at=office.now)
    assert extended.read_bytes().startswith(signed.pdf)
    assert done.sha256_hex == sha256_hex(extended.read_bytes())
    assert done.renew_before is not None


def test_evidence_alone_does_not_make_a_long_term_signature_of_one_without_a_time_stamp(
    office: Office, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(), signer=officer_signer(), services=services)
    with pytest.raises(LevelUnreachable, match="PAdES-B-LTA"):
        extend(signed.pdf, level=PadesLevel.B_LT, services=services, at=office.now)
    with pytest.raises(LevelUnreachable, match="PAdES-B-T"):
        extend(signed.pdf, level=PadesLevel.B_T, services=services, at=office.now)
    extended = extend(signed.pdf, level=PadesLevel.B_LTA, services=services, at=office.now)
    report = verify_pdf(extended.pdf, trust=office.trust, at=office.now)
    assert report.signatures[0].level.value == "PAdES-B-LTA"


def test_stamped_signature_is_brought_to_long_term_level(
    office: Office, services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest
) -> None:
    signed = sign_field(blank_copy(), request=ask(level=PadesLevel.B_T), signer=officer_signer(), services=services)
    extended = extend(signed.pdf, level=PadesLevel.B_LT, services=services, at=office.now)
    report = verify_pdf(extended.pdf, trust=office.trust, at=office.now)
    assert report.signatures[0].level.value == "PAdES-B-LT"
    assert extended.field == "Officer"


class CountingDigest:
    """A SHA-256 that adds what it takes in to a count shared with its copies."""

    def __init__(self, counted: list[int], inner: RunningDigest | None = None) -> None:
        self._counted = counted
        self._inner = inner or hashlib.sha256()

    def update(self, data: bytes, /) -> None:
        self._counted[0] += len(data)
        self._inner.update(data)

    def digest(self) -> bytes:
        return self._inner.digest()

    def hexdigest(self) -> str:
        return self._inner.hexdigest()

    def copy(self) -> CountingDigest:
        return CountingDigest(self._counted, self._inner.copy())


@pytest.mark.parametrize("level", list(PadesLevel))
def test_every_byte_of_the_file_is_hashed_once_whatever_the_level(
    services: SigningServices, officer_signer: MakeSigner, ask: MakeRequest, level: PadesLevel
) -> None:
    pdf = blank_copy(filler=bytes(1_500_000))
    counted = [0]
    running = CountingDigest(counted)

    def read() -> HashedPdf:
        running.update(pdf)
        return HashedPdf(BytesStore(pdf), running)

    signer = officer_signer()
    prepared = prepare_hashed(
        read,
        writer=open_revision(pdf),
        request=ask(level=level),
        credential=signer.credential,
        services=services,
        new_field=None,
    )
    finished = finish_signature(prepared, signature=signer.sign(prepared.to_be_signed), services=services)
    assert finished.file.sha256_hex == sha256_hex(finished.file.pdf)
    # What was appended is hashed for the signature, for the archive time-stamp and for the file's own digest.
    appended = finished.file.length - len(pdf)
    assert len(pdf) < counted[0] <= len(pdf) + 4 * appended
    assert appended < 200_000
