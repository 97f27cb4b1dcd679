"""The specimens: every paper a counter of the demo receives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from samples.containers import write_jpeg
from samples.damage import Scanner, scan
from samples.papers_birth import paint_birth_certificate, paint_newborn_certificate
from samples.sheet import Page
from samples.truth import Developer, Specimen, Title


def jpeg_scan(scanner: Scanner, *, quality: int = 86) -> Developer:
    """A one-page colour JPEG from a flatbed scanner."""

    def develop(pages: Sequence[Page], rng: np.random.Generator) -> bytes:
        return write_jpeg(scan(pages[0].image, scanner=scanner, rng=rng), dpi=pages[0].dpi, quality=quality)

    return develop


SPECIMENS: Final[tuple[Specimen, ...]] = (
    Specimen(
        name="birth-certificate",
        suffix="jpg",
        doc_type="VN.BIRTH_CERT",
        holder="an",
        title=Title(vi="Giấy khai sinh", en="Birth certificate", fr="Acte de naissance"),
        seed=101,
        paint=paint_birth_certificate,
        develop=jpeg_scan(Scanner(noise=1.2, shade=4.0)),
        purpose="Clean 300-dpi colour scan: recognition must be perfect.",
    ),
    Specimen(
        name="newborn-birth-certificate",
        suffix="jpg",
        doc_type="VN.BIRTH_CERT",
        holder="giang",
        title=Title(
            vi="Giấy khai sinh của trẻ sơ sinh",
            en="Birth certificate of a newborn",
            fr="Acte de naissance d'un nouveau-né",
        ),
        seed=102,
        paint=paint_newborn_certificate,
        develop=jpeg_scan(Scanner(tilt_degrees=-1.3, noise=2.6, shade=10.0)),
        purpose="Laid on the glass at an angle: deskew.",
    ),
)
