"""Makes small trusted lists (ETSI TS 119 612) of an invented country, signed as real ones are (exclusive C14N)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureMethod, XMLSigner

TSL = "http://uri.etsi.org/02231/v2#"
QC = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
QTST = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
WITHDRAWN = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"
FOR_SIGNATURES = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSignatures"
FOR_SEALS = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSeals"
FOR_SITES = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForWebSiteAuthentication"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Publisher:
    """Who signs lists; a fresh key for each."""

    def __init__(self, name: str = "Thí Dụ list operator", *, at: datetime) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - timedelta(days=30))
            .not_valid_after(at + timedelta(days=900))
            .sign(self._key, hashes.SHA256())
        )

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def sign(self, xml: bytes) -> bytes:
        """Put an enveloped signature with two references into the list (XAdES signs its properties beside the list)."""
        key = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        signer = XMLSigner(
            signature_algorithm=SignatureMethod.ECDSA_SHA256,
            digest_algorithm=DigestAlgorithm.SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        signed = signer.sign(
            etree.fromstring(xml),
            key=key,
            cert=self.pem.decode(),
            reference_uri=["#scheme", "#list"],
            id_attribute="Id",
        )
        return bytes(etree.tostring(signed, xml_declaration=True, encoding="UTF-8"))


@dataclass(frozen=True)
class Service:
    """One service of a list."""

    certificate_der: bytes
    kind: str = QC
    status: str = GRANTED
    since: datetime = LONG_AGO
    uses: tuple[str, ...] = ()
    history: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True)
class ListFacts:
    """What a list says of itself."""

    services: tuple[Service, ...]
    issued_at: datetime
    sequence: int = 7
    territory: str = "XT"
    lives: timedelta | None = timedelta(days=180)
    version: str = "6"
    kind: str = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric"
    prologue: str = field(default="")


def write_list(facts: ListFacts) -> bytes:
    """The list without a signature."""
    ends = "" if facts.lives is None else f"<dateTime>{_time(facts.issued_at + facts.lives)}</dateTime>"
    services = "".join(_service(service) for service in facts.services)
    return f"""{facts.prologue}<TrustServiceStatusList xmlns="{TSL}" Id="list" TSLTag="http://uri.etsi.org/19612/TSLTag">
<SchemeInformation Id="scheme"><TSLVersionIdentifier>{facts.version}</TSLVersionIdentifier>
<TSLSequenceNumber>{facts.sequence}</TSLSequenceNumber><TSLType>{facts.kind}</TSLType>
<SchemeOperatorName><Name xml:lang="vi">Cơ quan Thí Dụ</Name><Name xml:lang="en">Operator of Thí Dụ</Name></SchemeOperatorName>
<SchemeTerritory>{facts.territory}</SchemeTerritory><ListIssueDateTime>{_time(facts.issued_at)}</ListIssueDateTime>
<NextUpdate>{ends}</NextUpdate></SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="en">Provider</Name></TSPName>
</TSPInformation><TSPServices>{services}</TSPServices></TrustServiceProvider></TrustServiceProviderList>
</TrustServiceStatusList>""".encode()


def _service(service: Service) -> str:
    history = "".join(
        f"<ServiceHistoryInstance>{_entry(service, status=status, since=since)}</ServiceHistoryInstance>"
        for status, since in service.history
    )
    current = _entry(service, status=service.status, since=service.since)
    return (
        f"<TSPService><ServiceInformation>{current}</ServiceInformation>"
        f"<ServiceHistory>{history}</ServiceHistory></TSPService>"
    )


def _entry(service: Service, *, status: str, since: datetime) -> str:
    uses = "".join(
        f'<Extension Critical="true"><AdditionalServiceInformation><URI xml:lang="en">{use}</URI>'
        "</AdditionalServiceInformation></Extension>"
        for use in service.uses
    )
    return f"""<ServiceTypeIdentifier>{service.kind}</ServiceTypeIdentifier>
<ServiceName><Name xml:lang="en">Service</Name></ServiceName><ServiceDigitalIdentity><DigitalId>
<X509Certificate>{base64.encodebytes(service.certificate_der).decode()}</X509Certificate></DigitalId></ServiceDigitalIdentity>
<ServiceStatus>{status}</ServiceStatus><StatusStartingTime>{_time(since)}</StatusStartingTime>
<ServiceInformationExtensions>{uses}</ServiceInformationExtensions>"""


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
