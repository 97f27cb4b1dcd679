"""The peer: stock pyHanko as its documentation shows it, on the same file, the same keys and the same authority."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import tsp, x509
from pyhanko import stamp
from pyhanko.pdf_utils import text
from pyhanko.pdf_utils.font import opentype
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext

from benchmarks.signing_bench import OFFICER, SEAL, Bench, BenchKey
from keys import CredentialKind, KeyAlgorithm
from signing import Mark

# pyHanko leaves this one untyped.
_LOAD: Any = signers.SimpleSigner.load_pkcs12
FONT = Path(__file__).resolve().parent.parent / "fonts" / "VidimusSerif-Regular.ttf"


class InProcessTimeStamper(TimeStamper):
    """The embedded authority behind pyHanko's interface, so that no network is measured."""

    def __init__(self, bench: Bench) -> None:
        # pyHanko leaves this one untyped.
        super().__init__()  # type: ignore[no-untyped-call]
        self.bench = bench

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Have the authority answer."""
        answer = self.bench.authority.answer_timestamp(req.dump(), at=self.bench.now)
        return tsp.TimeStampResp.load(answer)


@dataclass(slots=True)
class Peer:
    """pyHanko with its keys loaded."""

    bench: Bench
    signers: dict[str, signers.SimpleSigner] = field(default_factory=dict)

    def bb(self, pdf: bytes, algorithm: KeyAlgorithm) -> bytes:
        """Sign B-B with a visible mark, certifying."""
        meta = signers.PdfSignatureMetadata(
            field_name=OFFICER,
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.FILL_FORMS,
            md_algorithm="sha256",
            reason="Chứng thực bản sao",
        )
        return self._sign(pdf, meta, self.bench.officers[algorithm], _stamp_of(officer_lines(self.bench.now)))

    def copy(self, pdf: bytes, algorithm: KeyAlgorithm) -> bytes:
        """Officer B-T with mark, then seal B-LTA with mark."""
        officer = signers.PdfSignatureMetadata(
            field_name=OFFICER,
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.FILL_FORMS,
            md_algorithm="sha256",
        )
        stamper = InProcessTimeStamper(self.bench)
        key = self.bench.officers[algorithm]
        signed = self._sign(pdf, officer, key, _stamp_of(officer_lines(self.bench.now)), stamper=stamper)
        seal = signers.PdfSignatureMetadata(
            field_name=SEAL,
            subfilter=SigSeedSubFilter.PADES,
            md_algorithm="sha256",
            embed_validation_info=True,
            use_pades_lta=True,
            validation_context=self._context(self.bench.now),
        )
        return self._sign(signed, seal, self.bench.seal, _stamp_of(officer_lines(self.bench.now)), stamper=stamper)

    def _context(self, at: datetime) -> ValidationContext:
        authority = self.bench.authority
        return ValidationContext(
            trust_roots=[x509.Certificate.load(authority.root_der)],
            other_certs=[x509.Certificate.load(der) for der in (authority.issuing_der, authority.tsa_der)],
            crls=[authority.crl_der(kind, at=at) for kind in (CredentialKind.ROOT, CredentialKind.ISSUING)],
            revocation_mode="require",
            allow_fetching=False,
        )

    def _sign(
        self,
        pdf: bytes,
        meta: Any,
        key: BenchKey,
        style: Any,
        *,
        stamper: TimeStamper | None = None,
    ) -> bytes:
        signer = self.signers.get(key.credential.key_id)
        if signer is None:
            signer = self.signers[key.credential.key_id] = _load(key)
        pdf_signer = signers.PdfSigner(meta, signer=signer, stamp_style=style, timestamper=stamper)
        written: io.BytesIO = pdf_signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))
        return written.getvalue()


def officer_lines(at: datetime) -> Mark:
    """The words of our own mark."""
    lines = ("Nguyễn Thị Mẫu", "Phó Chủ tịch", "UBND phường Thí Dụ", f"{at:%Y-%m-%dT%H:%M:%S}+07:00")
    return Mark(heading="NGƯỜI THỰC HIỆN CHỨNG THỰC", lines=lines)


def _stamp_of(mark: Mark) -> stamp.TextStampStyle:
    style = text.TextBoxStyle(font=opentype.GlyphAccumulatorFactory(str(FONT)), font_size=10)
    return stamp.TextStampStyle(stamp_text="\n".join((mark.heading or "", *mark.lines)), text_box_style=style)


def _load(key: BenchKey) -> signers.SimpleSigner:
    with tempfile.TemporaryDirectory(prefix="vidimus-benchmark-") as folder:
        path = Path(folder) / "key.p12"
        path.write_bytes(key.pkcs12)
        signer: signers.SimpleSigner | None = _LOAD(str(path), passphrase=key.pin_text.encode())
    if signer is None:
        raise AssertionError("pyHanko did not open the key")
    return signer
