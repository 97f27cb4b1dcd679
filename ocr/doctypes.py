"""Tells what kind of paper was read, by its title and by words that only such a paper prints; each with a confidence.

The kinds are data. A title counts when it stands in a line of its own in capitals; a paper that only mentions one
("kèm theo giấy khai sinh") is not taken for it. When two kinds could be meant, or none, the answer is UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocr.folding import fold

UNKNOWN: Final = "UNKNOWN"
CARD: Final = "VN.ID_CARD"
CARD_FRONT: Final = "VN.ID_CARD_FRONT"
CARD_BACK: Final = "VN.ID_CARD_BACK"


@dataclass(frozen=True, slots=True)
class TypeRule:
    """One kind: its titles, all folded, and what else its page says; without one of `needs` the title does not count."""

    code: str
    titles: tuple[str, ...]
    marks: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TitleLine:
    """A line as classification sees it: its text and the mean confidence of its words."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class DocumentType:
    """The kind with a confidence from 0 to 100; for UNKNOWN it says how sure it is that no known title was read."""

    code: str
    confidence: float


TYPE_RULES: Final[tuple[TypeRule, ...]] = (
    TypeRule("VN.BIRTH_EXTRACT", ("trich luc khai sinh",), ("noi sinh", "dang ky khai sinh", "ho chu dem ten")),
    TypeRule("VN.BIRTH_CERT", ("giay khai sinh",), ("noi sinh", "noi dang ky khai sinh", "ho chu dem ten")),
    TypeRule("VN.DEATH_EXTRACT", ("trich luc khai tu",), ("da chet", "noi chet", "nguyen nhan chet")),
    TypeRule("VN.DEATH_CERT", ("giay chung tu", "giay bao tu"), ("da chet", "noi chet", "nguyen nhan chet")),
    TypeRule("VN.MARITAL_STATUS", ("giay xac nhan tinh trang hon nhan",), ("tinh trang hon nhan", "ho chu dem ten")),
    TypeRule(
        "VN.MARRIAGE_CERT",
        ("giay chung nhan ket hon", "trich luc ket hon"),
        ("ten vo", "ten chong", "noi dang ky", "dang ky ket hon"),
    ),
    TypeRule(
        "VN.RESIDENCE",
        ("xac nhan thong tin ve cu tru", "giay xac nhan thong tin ve cu tru"),
        ("noi thuong tru", "chu ho", "noi o hien tai"),
    ),
    TypeRule("VN.LAND_CERT", ("giay chung nhan quyen su dung dat",), ("thua dat", "to ban do", "dien tich")),
    TypeRule(
        "VN.BUSINESS_REG",
        (
            "giay chung nhan dang ky ho kinh doanh",
            "giay chung nhan dang ky doanh nghiep",
            "giay chung nhan dang ky kinh doanh",
        ),
        ("dang ky lan dau", "von", "kinh doanh", "dia chi tru so", "ma so"),
    ),
    TypeRule("VN.POWER_OF_ATTORNEY", ("giay uy quyen", "hop dong uy quyen"), ("ben uy quyen", "ben duoc uy quyen", "uy quyen cho")),
    TypeRule("VN.BILINGUAL_CERT", ("chung chi ngoai ngu",), ("language", "trinh do", "level")),
    TypeRule(
        "VN.DIPLOMA",
        ("bang tot nghiep", "bang cu nhan", "bang ky su", "bang thac si", "bang tien si"),
        ("tot nghiep", "nganh", "so vao so", "hinh thuc dao tao"),
    ),
    TypeRule(
        "VN.TRANSCRIPT",
        ("bang diem", "bang ket qua hoc tap", "ket qua hoc tap", "hoc ba"),
        ("tin chi", "mon hoc", "hoc phan", "diem trung binh", "xep loai"),
    ),
    TypeRule(
        "VN.COURT_DECISION",
        ("ban an", "quyet dinh"),
        ("nguyen don", "bi don", "tham phan", "hoi dong xet xu", "thu ly"),
        needs=("toa an nhan dan",),
    ),
    TypeRule("VN.STUDENT_STATUS", ("giay xac nhan sinh vien", "giay xac nhan hoc sinh"), ("khoa", "nganh", "truong")),
    TypeRule("VN.INCOME", ("giay xac nhan thu nhap", "xac nhan luong"), ("thu nhap", "luong", "dong")),
    TypeRule("VN.CONTRACT", ("hop dong",), ("dieu 1", "ben a", "ben b", "mot ben", "thoa thuan")),
)  # fmt: skip

_CARD_TITLES: Final = ("can cuoc cong dan", "the can cuoc", "the cong dan", "can cuoc")
_FRONT_MARKS: Final = ("full name", "ho va ten", "date of birth", "ngay sinh", "gioi tinh", "nationality")
_BACK_MARKS: Final = (
    "dac diem nhan dang", "personal identification", "ngon tro", "date of issue", "ngay cap", "noi cap", "idvnm",
    "issued by", "index finger",
)  # fmt: skip
_TITLE_CONFIDENCE: Final = 75.0
_UNSUPPORTED: Final = 0.8
"""A title of which the page says nothing else is worth this much of its confidence."""


def document_type(lines: Sequence[TitleLine]) -> DocumentType:
    """Return the kind of a paper by its lines in reading order."""
    folded = [fold(line.text) for line in lines]
    page = " ".join(folded)
    card = _card(lines, folded, page)
    if card is not None:
        return card
    for index, line in enumerate(lines):
        if not _is_heading(line):
            continue
        joined = _with_next(folded, lines, index)
        rule = next(
            (rule for rule in TYPE_RULES if _names(rule, folded[index], joined) and _has_needs(rule, page)), None
        )
        if rule is not None:
            return DocumentType(rule.code, round(_confidence(rule, line.confidence, page), 1))
    mentions = sum(title in page for rule in TYPE_RULES for title in rule.titles)
    return DocumentType(UNKNOWN, 60.0 if mentions else 90.0)


def _is_heading(line: TitleLine) -> bool:
    return line.text.isupper() and line.confidence >= _TITLE_CONFIDENCE


def _with_next(folded: Sequence[str], lines: Sequence[TitleLine], index: int) -> str:
    """Return the line with the next one, where a title may run on."""
    if index + 1 < len(lines) and lines[index + 1].text.isupper():
        return f"{folded[index]} {folded[index + 1]}"
    return folded[index]


def _names(rule: TypeRule, folded: str, joined: str) -> bool:
    if not folded:
        return False
    return any(_begins(folded, title) or (_begins(joined, title) and title.startswith(folded)) for title in rule.titles)


def _begins(folded: str, title: str) -> bool:
    return folded == title or folded.startswith(f"{title} ")


def _has_needs(rule: TypeRule, page: str) -> bool:
    return not rule.needs or any(need in page for need in rule.needs)


def _confidence(rule: TypeRule, title_confidence: float, page: str) -> float:
    if not rule.marks:
        return title_confidence
    found = sum(mark in page for mark in rule.marks)
    return title_confidence if found >= 2 or found == len(rule.marks) else title_confidence * _UNSUPPORTED


def _card(lines: Sequence[TitleLine], folded: Sequence[str], page: str) -> DocumentType | None:
    titles = [
        line.confidence
        for line, text in zip(lines, folded, strict=True)
        if _is_heading(line) and any(_begins(text, title) for title in _CARD_TITLES)
    ]
    front, back = (sum(mark in page for mark in marks) for marks in (_FRONT_MARKS, _BACK_MARKS))
    words = len(page.split())
    if titles and front >= 2:
        return DocumentType(CARD if back >= 2 else CARD_FRONT, round(titles[0], 1))
    # The back has no title: three of its own phrases on a page of few words stand for it.
    if back >= 3 and words <= 120 and not any(title in page for rule in TYPE_RULES for title in rule.titles):
        mean = sum(line.confidence for line in lines) / len(lines)
        return DocumentType(CARD_BACK, round(min(mean, 90.0), 1))
    return None
