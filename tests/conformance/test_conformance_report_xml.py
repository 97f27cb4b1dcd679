"""The validation report against the schema of ETSI TS 119 102-2, which is fetched by Maven: its licence lets us use it,
not pass it on (EU DSS ships it in `specs-validation-report`). Needs `mvn` and a Maven repository, so it runs in --all."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import xmlschema

from keys import TrustAnchors
from signing.verify import VerificationReport, verify_pdf
from signing.verify.report_xml import write_report_xml
from tests.attack.make_signed import SignedCopy, make_signed_copy
from tests.office import Office

pytestmark = pytest.mark.matrix
_GROUP, _VERSION = "eu.europa.ec.joinup.sd-dss", "6.2"
_SCHEMAS = {
    "specs-validation-report": {"": "TS119102-2-v141.xsd"},
    "specs-xmldsig": {"http://www.w3.org/2000/09/xmldsig#": "xmldsig-core-schema.xsd"},
    "specs-xades": {"http://uri.etsi.org/01903/v1.3.2#": "XAdES01903v132-202407.xsd"},
    "specs-trusted-list": {"http://uri.etsi.org/02231/v2#": "ts_119612v020301_xsd.xsd"},
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> xmlschema.XMLSchema10:
    folder = tmp_path_factory.mktemp("etsi")
    locations: dict[str, str] = {}
    for artifact, wanted in _SCHEMAS.items():
        jar = folder / f"{artifact}.jar"
        command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={_GROUP}:{artifact}:{_VERSION}"]
        answer = subprocess.run(
            [*command, f"-DoutputDirectory={folder}", "-Dmdep.stripVersion=true"],
            cwd=folder, capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        assert jar.is_file(), f"Maven gave no {artifact}: {answer.stdout[-800:]}{answer.stderr[-800:]}"
        with zipfile.ZipFile(jar) as archive:
            for name in archive.namelist():
                if name.startswith("xsd/") and name.endswith(".xsd") and name.count("/") == 1:
                    (folder / Path(name).name).write_bytes(archive.read(name))
        locations |= {namespace: str(folder / name) for namespace, name in wanted.items() if namespace}
    locations["http://www.w3.org/XML/1998/namespace"] = str(folder / "xml.xsd")
    return xmlschema.XMLSchema10(str(folder / "TS119102-2-v141.xsd"), locations=locations, allow="local")


@pytest.fixture
def copy(office: Office) -> SignedCopy:
    return make_signed_copy(office)


def kinds(copy: SignedCopy) -> Iterator[VerificationReport]:
    nobody = TrustAnchors((), (), (), copy.trust.mode)
    yield verify_pdf(copy.pdf, trust=copy.trust, at=copy.at, file_name="bản sao.pdf")
    yield verify_pdf(copy.pdf, trust=nobody, at=copy.at)
    yield verify_pdf(copy.pdf, trust=copy.trust, at=copy.at + timedelta(days=9000))
    yield verify_pdf(copy.officer_only, trust=copy.trust, at=copy.at)
    yield verify_pdf(copy.pdf + b"x", trust=copy.trust, at=copy.at)
    yield verify_pdf(copy.pdf.replace(b"/FT /Sig", b"/FT /Tx"), trust=copy.trust, at=copy.at)
    yield verify_pdf(copy.unsigned, trust=copy.trust, at=copy.at)
    yield verify_pdf(b"hello", trust=copy.trust, at=copy.at)
    passed = verify_pdf(copy.pdf, trust=copy.trust, at=copy.at)
    odd = replace(passed.signatures[0], field="\x00\x1b<&\udc80", subfilter="", signer=None, signed_at=None)
    yield replace(passed, signatures=(odd, *passed.signatures[1:]), file="</a>\x08")


def test_every_kind_of_report_is_valid_against_the_schema(copy: SignedCopy, schema: xmlschema.XMLSchema10) -> None:
    for report in kinds(copy):
        schema.validate(write_report_xml(report, facts=(("register", "FINAL"),)).decode())
