"""The printable report, sealed as it leaves the office, before veraPDF."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from ocr import PicturePair, ReportLine, ReportParts, write_report
from signing import NewField, PadesLevel, SigningServices, SignRequest, sign_new_field
from tests.conformance.judges import assert_pdfa_2u, qpdf_check
from tests.office import Office


def test_sealed_report_is_pdfa_2u(office: Office, tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (120, 160), (240, 240, 230)).save(out, "JPEG")
    parts = ReportParts(
        title="Báo cáo kiểm tra",
        language="vi",
        created_at=datetime(2026, 11, 22, tzinfo=UTC),
        lookup_url="https://tra-cuu.thi-du.example/c/K7PM-3QWX-9DHT-5",
        lines=(ReportLine("Hợp lệ: chưa bị thay đổi", bold=True, bar=(0.1, 0.4, 0.3)), ReportLine("Vì sao")),
        foot="UBND phường Thí Dụ",
        page_label="Trang",
        specimen_text="MẪU – SPECIMEN",
        pairs=(
            PicturePair("Trang 1", ("Đã ký", "Hiện ra"), (out.getvalue(), out.getvalue()), ((0.1, 0.1, 0.4, 0.3),)),
        ),
    )
    unsealed, sealed = tmp_path / "unsealed.pdf", tmp_path / "sealed.pdf"
    unsealed.write_bytes(write_report(parts).pdf)
    office.seal()
    request = SignRequest(field="ReportSeal", level=PadesLevel.B_LTA, signed_at=office.now)
    services = SigningServices(timestamps=office.timestamps, revocation=office.revocation)
    sealed.write_bytes(
        sign_new_field(
            unsealed.read_bytes(),
            request=request,
            signer=office.seal_signer(),
            services=services,
            new_field=NewField(),
        ).pdf
    )
    assert_pdfa_2u(unsealed, sealed)
    qpdf_check(sealed)
