"""EU DSS, the validator of the European Commission, on signatures of every level and key: fetched by Maven, run in one JVM.

Needs `mvn` and a Maven repository, so it runs in --all.
"""

from __future__ import annotations

import io
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from keys import CredentialKind, KeyAlgorithm
from signing import (
    ContainerFile,
    ManifestSignature,
    Mark,
    PadesLevel,
    SigningServices,
    SignRequest,
    complete_manifest_signature,
    extend_to_lta,
    prepare_manifest_signature,
    sign_field,
    write_container,
    write_manifest,
)
from tests.blank_copies import blank_copy
from tests.office import AGENCY, Office, sha256_hex

pytestmark = [pytest.mark.matrix, pytest.mark.slow]
_HERE = Path(__file__).parent
_EVERY = [(algorithm, level) for algorithm in KeyAlgorithm for level in PadesLevel]
_FILES = (
    ContainerFile("form.json", "application/json", b'{"v":1}'),
    ContainerFile("papers/01-birth.pdf", "application/pdf", b"%PDF-1.7 copy"),
)
_LEVELS = {level: level.value.replace("PAdES-B-", "PAdES-BASELINE-") for level in PadesLevel}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What EU DSS says of one signature."""

    level: str
    indication: str
    detail: str


@dataclass(frozen=True, slots=True)
class Signed:
    """The files by what they are, and the office that made them."""

    office: Office
    folder: Path

    def sign(self, name: str, algorithm: KeyAlgorithm, level: PadesLevel) -> bytes:
        office = self.office
        officer = office.officer(algorithm=algorithm)
        request = SignRequest(
            field="Officer", level=level, signed_at=office.now, mark=Mark(lines=("Nguyễn Thị Mẫu",)), certify=True
        )
        signer = office.activated_signer(officer, sha256_hex(officer.key_id.encode()))
        return self.keep(name, sign_field(blank_copy(), request=request, signer=signer, services=self.services).pdf)

    def seal(self, name: str, pdf: bytes) -> bytes:
        request = SignRequest(
            field="AgencySeal", level=PadesLevel.B_LTA, signed_at=self.office.now, mark=Mark(lines=(AGENCY,))
        )
        return self.keep(
            name, sign_field(pdf, request=request, signer=self.office.seal_signer(), services=self.services).pdf
        )

    @property
    def services(self) -> SigningServices:
        return SigningServices(timestamps=self.office.timestamps, revocation=self.office.revocation)

    def keep(self, name: str, pdf: bytes) -> bytes:
        (self.folder / f"{name}.pdf").write_bytes(pdf)
        return pdf


def changed_page(pdf: bytes) -> bytes:
    """Make the first page a little smaller, as long as before in bytes."""
    at = pdf.index(b"/MediaBox")
    digit = next(index for index in range(at, at + 60) if pdf[index : index + 1] in b"123456789")
    return pdf[:digit] + bytes([pdf[digit] - 1]) + pdf[digit + 1 :]


def container_signature(office: Office, services: SigningServices) -> ManifestSignature:
    """The office's seal over the list of a container's files, with a time-stamp."""
    signer, manifest = office.seal_signer(), write_manifest(_FILES, number=1)
    asked = prepare_manifest_signature(manifest, credential=signer.credential, services=services, at=office.now)
    contents = complete_manifest_signature(
        manifest, signature=signer.sign(asked), credential=signer.credential, services=services, at=office.now
    )
    return ManifestSignature(1, manifest, contents)


def pack(*signatures: ManifestSignature) -> bytes:
    target = io.BytesIO()
    write_container(_FILES, signatures, target)
    return target.getvalue()


def exchanged(package: bytes) -> bytes:
    """The same container with another paper in it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as packed, zipfile.ZipFile(target, "w") as written:
        for entry in packed.infolist():
            content = packed.read(entry)
            written.writestr(
                entry, content.replace(b"copy", b"fake") if entry.filename.startswith("papers/") else content
            )
    return target.getvalue()


@pytest.fixture(scope="module")
def dss(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that starts the judge, its libraries fetched and its harness compiled."""
    folder = tmp_path_factory.mktemp("dss")
    libraries = folder / "libraries"
    pom = _HERE / "dss-pom.xml"
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={libraries}"]
    fetched = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert fetched.returncode == 0, f"Maven gave no EU DSS: {fetched.stdout[-800:]}{fetched.stderr[-800:]}"
    compiler = ["javac", "-cp", f"{libraries}/*", "-d", str(folder), str(_HERE / "DssCheck.java")]
    compiled = subprocess.run(compiler, capture_output=True, text=True, timeout=120, check=False)
    assert compiled.returncode == 0, compiled.stderr
    return ["java", "-Xmx1g", "-cp", f"{libraries}/*:{folder}", "DssCheck"]


@pytest.fixture(scope="module")
def judgements(dss: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Judgement]]:
    """Every file's judgements, oldest signature first, from a single start of the judge."""
    folder = tmp_path_factory.mktemp("signed")
    office = Office(tmp_path_factory.mktemp("dss-office"))
    signed = Signed(office, folder)
    for algorithm, level in _EVERY:
        signed.sign(f"{algorithm.value}-{level.value}", algorithm, level)
    copy = signed.seal("copy", signed.sign("by-officer", KeyAlgorithm.RSA_SHA256, PadesLevel.B_T))
    signed.keep("altered", changed_page(copy))
    office.clock.advance(timedelta(days=300))
    signed.keep("renewed", extend_to_lta(copy, services=signed.services, at=office.now).pdf)
    package = pack(container_signature(office, signed.services))
    (folder / "package.asice").write_bytes(package)
    (folder / "exchanged.asice").write_bytes(exchanged(package))
    (folder / "root.cer").write_bytes(office.authority.root_der)
    for kind in (CredentialKind.ROOT, CredentialKind.ISSUING):
        (folder / f"{kind.value}.crl").write_bytes(office.authority.crl_der(kind, at=office.now))
    files = sorted([*folder.glob("*.pdf"), *folder.glob("*.asice")])
    later = (office.now + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = subprocess.run(
        [*dss, later, str(folder), str(folder), *map(str, files)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr[-2000:]
    found: dict[str, list[Judgement]] = {path.stem: [] for path in files}
    for path, level, indication, *detail in (line.split("\t") for line in answer.stdout.splitlines()):
        found[Path(path).stem].append(Judgement(level, indication, " ".join(detail)))
    return found


@pytest.mark.parametrize(("algorithm", "level"), _EVERY)
def test_eu_dss_passes_the_signature_at_the_level_that_was_asked(
    judgements: dict[str, list[Judgement]], algorithm: KeyAlgorithm, level: PadesLevel
) -> None:
    (judgement,) = judgements[f"{algorithm.value}-{level.value}"]
    assert (judgement.level, judgement.indication) == (_LEVELS[level], "TOTAL_PASSED"), judgement.detail


@pytest.mark.parametrize("name", ["copy", "renewed"])
def test_eu_dss_passes_officer_and_seal_of_a_copy_and_of_its_renewal(
    judgements: dict[str, list[Judgement]], name: str
) -> None:
    assert [(one.level, one.indication) for one in judgements[name]] == [
        ("PAdES-BASELINE-LTA", "TOTAL_PASSED"),
        ("PAdES-BASELINE-LTA", "TOTAL_PASSED"),
    ], judgements[name]


def test_eu_dss_fails_a_copy_whose_page_was_changed(judgements: dict[str, list[Judgement]]) -> None:
    assert {one.indication for one in judgements["altered"]} == {"TOTAL_FAILED"}


def test_eu_dss_passes_the_package_by_copy_and_fails_it_with_another_paper(
    judgements: dict[str, list[Judgement]],
) -> None:
    (package,) = judgements["package"]
    assert (package.level, package.indication) == ("CAdES-BASELINE-T", "TOTAL_PASSED"), package.detail
    assert {one.indication for one in judgements["exchanged"]} == {"TOTAL_FAILED"}
