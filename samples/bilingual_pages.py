"""Office papers in two languages on one page: Vietnamese with English, Vietnamese with French; for measuring.

As offices print them: each label twice, the foreign one in italics below or behind; or paragraph after paragraph with its
translation. Names stay Vietnamese in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from samples.layout import Filled, Signatory, print_fields, print_motto, print_office, print_paragraph, print_signature
from samples.office_pages import FAMILY, GIVEN, LEFT_MM, MIDDLE, RIGHT_MM, WARDS, Print
from samples.sheet import Page, Sheet
from samples.typeface import BODY, BOLD, ITALIC

_LABELS: Final = {
    "en": (
        ("Họ và tên", "Full name"),
        ("Ngày, tháng, năm sinh", "Date of birth"),
        ("Nơi sinh", "Place of birth"),
        ("Số định danh cá nhân", "Personal identification number"),
        ("Hình thức đào tạo", "Mode of study"),
        ("Ngày cấp", "Date of issue"),
    ),
    "fr": (
        ("Họ và tên", "Nom et prénoms"),
        ("Ngày, tháng, năm sinh", "Date de naissance"),
        ("Nơi sinh", "Lieu de naissance"),
        ("Số định danh cá nhân", "Numéro d’identification personnel"),
        ("Hình thức đào tạo", "Régime d’études"),
        ("Ngày cấp", "Date de délivrance"),
    ),
}
_TITLES: Final = {"en": "CERTIFICATE OF COMPLETION", "fr": "ATTESTATION DE FORMATION"}
_PAIRS: Final = {
    "en": (
        (
            "Người có tên trên đã hoàn thành chương trình và đạt kết quả theo quy định của nhà trường.",
            "The person named above has completed the programme and met the requirements of the school.",
        ),
        (
            "Bản dịch này được lập từ bản chính và có giá trị kèm theo bản chính đó.",
            "This translation was made from the original and is valid together with that original.",
        ),
        (
            "Kết quả học tập được lưu tại trường và được cung cấp khi có yêu cầu bằng văn bản.",
            "Records of study are kept by the school and are provided upon written request.",
        ),
        (
            "Hai bên thỏa thuận giải quyết mọi tranh chấp bằng thương lượng trên tinh thần thiện chí.",
            "Both parties agree to settle every dispute by negotiation in good faith.",
        ),
    ),
    "fr": (
        (
            "Người có tên trên đã hoàn thành chương trình và đạt kết quả theo quy định của nhà trường.",
            "La personne nommée ci-dessus a achevé le programme et satisfait aux exigences de l’établissement.",
        ),
        (
            "Bản dịch này được lập từ bản chính và có giá trị kèm theo bản chính đó.",
            "La présente traduction a été établie d’après l’original et n’est valable qu’accompagnée de celui-ci.",
        ),
        (
            "Kết quả học tập được lưu tại trường và được cung cấp khi có yêu cầu bằng văn bản.",
            "Les résultats sont conservés par l’établissement et communiqués sur demande écrite.",
        ),
        (
            "Hai bên thỏa thuận giải quyết mọi tranh chấp bằng thương lượng trên tinh thần thiện chí.",
            "Les deux parties conviennent de régler tout différend par la négociation et de bonne foi.",
        ),
    ),
}


def _one(words: Sequence[str], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]


def _name(rng: np.random.Generator) -> str:
    return f"{_one(FAMILY, rng)} {_one(MIDDLE, rng)} {_one(GIVEN, rng)}"


def _day(rng: np.random.Generator) -> str:
    return f"{int(rng.integers(1, 29)):02d}/{int(rng.integers(1, 13)):02d}/{int(rng.integers(1960, 2026))}"


def _values(rng: np.random.Generator) -> tuple[str, ...]:
    number = "000" + "".join(str(digit) for digit in rng.integers(0, 10, 9))
    return (_name(rng).upper(), _day(rng), f"phường {_one(WARDS, rng)}", number, "Vừa làm vừa học", _day(rng))


def _opened(dpi: int, *, language: str) -> Sheet:
    sheet = Sheet(dpi=dpi)
    print_office(sheet, ("TRƯỜNG CAO ĐẲNG", "THÍ DỤ"), x_mm=58, y_mm=25)
    print_motto(sheet, y_mm=25, x_mm=142, size_pt=11.5)
    sheet.centred("GIẤY CHỨNG NHẬN HOÀN THÀNH", y_mm=54, style=BOLD.sized(16))
    sheet.centred(_TITLES[language], y_mm=61, style=ITALIC.sized(13))
    return sheet


def _signed(sheet: Sheet, rng: np.random.Generator, *, y_mm: float) -> None:
    signatory = Signatory(("HIỆU TRƯỞNG",), _name(rng), seal_office="TRƯỜNG CAO ĐẲNG THÍ DỤ")
    print_signature(sheet, signatory, x_mm=146, y_mm=y_mm, rng=rng)


def _certificate(language: str) -> Print:
    def print_certificate(rng: np.random.Generator, dpi: int) -> Page:
        """Each label twice, its value once."""
        sheet = _opened(dpi, language=language)
        y_mm = 76.0
        for (label, foreign), value in zip(_LABELS[language], _values(rng), strict=True):
            print_fields(sheet, (Filled(f"{label}:", value, style=BOLD),), x_mm=LEFT_MM, y_mm=y_mm)
            sheet.text(f"{foreign}:", x_mm=LEFT_MM, y_mm=y_mm + 5.4, style=ITALIC.sized(11.5))
            y_mm += 14
        for text in _PAIRS[language][0]:
            y_mm = 3 + print_paragraph(sheet, text, x_mm=LEFT_MM, y_mm=y_mm, to_x_mm=RIGHT_MM)
        _signed(sheet, rng, y_mm=y_mm + 6)
        return sheet.finish()

    return print_certificate


def _translation(language: str) -> Print:
    def print_translation(rng: np.random.Generator, dpi: int) -> Page:
        """Paragraph after paragraph, each with its translation."""
        sheet = _opened(dpi, language=language)
        y_mm = 76.0
        for index in rng.permutation(len(_PAIRS[language])):
            own, foreign = _PAIRS[language][int(index)]
            y_mm = 1 + print_paragraph(sheet, own, x_mm=LEFT_MM, y_mm=y_mm, to_x_mm=RIGHT_MM, indent_mm=10)
            y_mm = 4 + print_paragraph(
                sheet, foreign, x_mm=LEFT_MM, y_mm=y_mm, to_x_mm=RIGHT_MM, indent_mm=10, style=BODY.sized(12.5)
            )
        _signed(sheet, rng, y_mm=y_mm + 4)
        return sheet.finish()

    return print_translation


BILINGUAL_PAGES: Final[tuple[Print, ...]] = (
    _certificate("en"),
    _translation("fr"),
    _certificate("fr"),
    _translation("en"),
)
