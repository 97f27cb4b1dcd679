"""Which fields each kind of paper has, and by which printed label each is known: data, no code.

Labels are folded (small letters, no marks). A field of a section is looked for only below the label that opens the
section, so that a mother's number is never taken for the child's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a value must look like."""

    NAME = "NAME"
    CITIZEN_NUMBER = "CITIZEN_NUMBER"
    DATE = "DATE"
    PLACE_DATE = "PLACE_DATE"
    DATE_WORDS = "DATE_WORDS"
    DOCUMENT_NUMBER = "DOCUMENT_NUMBER"
    TEXT = "TEXT"
    SHORT_TEXT = "SHORT_TEXT"
    WHOLE = "WHOLE"
    DECIMAL = "DECIMAL"
    YEAR = "YEAR"
    SEX = "SEX"
    AMOUNT = "AMOUNT"


class Place(StrEnum):
    """Where a value stands: behind its label, in the row below it, in text up to a comma, or alone behind a title."""

    AFTER = "AFTER"
    BELOW = "BELOW"
    PROSE = "PROSE"
    PIECE = "PIECE"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field: its name in the answer, its kind, its labels, its section ("" before any) and its place."""

    name: str
    kind: Kind
    labels: tuple[str, ...] = ()
    section: str = ""
    place: Place = Place.AFTER


@dataclass(frozen=True, slots=True)
class FieldSet:
    """The fields of some kinds of paper, and the labels that open a section."""

    doc_types: tuple[str, ...]
    rules: tuple[FieldRule, ...]
    sections: tuple[tuple[str, str], ...] = ()


_NAME: Final = (
    "ho chu dem ten",
    "ho va ten",
    "ho ten",
    "ho chu dem va ten",
    "ho va ten hoc sinh",
    "ho va ten sinh vien",
)
_NUMBER: Final = (
    "so dinh danh ca nhan", "so dinh danh", "so can cuoc", "so can cuoc cong dan", "so cccd", "so cmnd", "cccd so",
    "can cuoc cong dan so", "the can cuoc so", "the can cuoc cong dan so",
)  # fmt: skip
_BORN: Final = ("ngay thang nam sinh", "ngay sinh", "sinh ngay")
_REGISTERED: Final = ("ngay thang nam dang ky", "ngay cap", "ngay dang ky")
_CARD_NAME: Final = ("ho va ten full name", "ho chu dem va ten khai sinh full name", "ho chu dem va ten full name")
_CARD_NUMBER: Final = (
    "so dinh danh id number", "so no", "so dinh danh ca nhan personal identification number", "so dinh danh ca nhan",
)  # fmt: skip


def _person(prefix: str, section: str, *, name: tuple[str, ...] = _NAME) -> tuple[FieldRule, ...]:
    holder = f"{prefix}_" if prefix else ""
    return (
        FieldRule(f"{prefix or 'holder'}_name", Kind.NAME, name, section),
        FieldRule(f"{holder}id_number", Kind.CITIZEN_NUMBER, _NUMBER, section),
        FieldRule(f"{holder}birth_date", Kind.DATE, _BORN, section),
        FieldRule(f"{holder}gender", Kind.SEX, ("gioi tinh",), section),
    )


_HEAD: Final = (FieldRule("document_number", Kind.DOCUMENT_NUMBER, ("so",)),)
_SIGNED: Final = (FieldRule("issued_on", Kind.PLACE_DATE),)

FIELD_SETS: Final[tuple[FieldSet, ...]] = (
    FieldSet(
        ("VN.BIRTH_CERT", "VN.BIRTH_EXTRACT"),
        (
            *_HEAD,
            *_person("", ""),
            FieldRule("birth_date_words", Kind.DATE_WORDS, ("ghi bang chu",)),
            FieldRule("birth_place", Kind.TEXT, ("noi sinh",)),
            *_person("mother", "mother", name=("ho chu dem ten nguoi me",)),
            *_person("father", "father", name=("ho chu dem ten nguoi cha",)),
            FieldRule("issuer", Kind.TEXT, ("noi dang ky khai sinh", "dang ky khai sinh tai"), "*"),
            FieldRule("issued_on", Kind.DATE, ("ngay thang nam dang ky",), "*"),
            *_SIGNED,
        ),
        (("ho chu dem ten nguoi me", "mother"), ("ho chu dem ten nguoi cha", "father")),
    ),
    FieldSet(
        ("VN.DEATH_CERT", "VN.DEATH_EXTRACT"),
        (
            *_HEAD,
            *_person("", "", name=("ho chu dem ten nguoi chet", *_NAME)),
            FieldRule("death_date", Kind.DATE, ("da chet vao luc", "da chet ngay", "ngay thang nam chet")),
            FieldRule("death_place", Kind.TEXT, ("noi chet",)),
            FieldRule("issuer", Kind.TEXT, ("noi dang ky khai tu", "dang ky khai tu tai")),
            FieldRule("issued_on", Kind.DATE, ("ngay thang nam dang ky",)),
            *_SIGNED,
        ),
    ),
    FieldSet(
        ("VN.MARRIAGE_CERT",),
        (
            *_HEAD,
            *_person("wife", "wife", name=("ho chu dem ten vo",)),
            *_person("husband", "husband", name=("ho chu dem ten chong",)),
            FieldRule("issuer", Kind.TEXT, ("noi dang ky",), "*"),
            FieldRule("issued_on", Kind.DATE, ("ngay thang nam dang ky",), "*"),
        ),
        (("ho chu dem ten vo", "wife"), ("ho chu dem ten chong", "husband")),
    ),
    FieldSet(
        ("VN.MARITAL_STATUS", "VN.RESIDENCE"),
        (
            *_HEAD,
            *_person("", ""),
            FieldRule("marital_status", Kind.SHORT_TEXT, ("tinh trang hon nhan",)),
            FieldRule("address", Kind.TEXT, ("noi thuong tru",)),
            *_SIGNED,
        ),
    ),
    FieldSet(
        ("VN.ID_CARD", "VN.ID_CARD_FRONT", "VN.ID_CARD_BACK"),
        (
            FieldRule("id_number", Kind.CITIZEN_NUMBER, _CARD_NUMBER, place=Place.BELOW),
            FieldRule("id_number", Kind.CITIZEN_NUMBER, ("so no", "so dinh danh id number")),
            FieldRule("holder_name", Kind.NAME, _CARD_NAME, place=Place.BELOW),
            FieldRule("birth_date", Kind.DATE, ("ngay sinh date of birth",), place=Place.BELOW),
            FieldRule("birth_date", Kind.DATE, ("ngay sinh date of birth",)),
            FieldRule("gender", Kind.SEX, ("gioi tinh sex",), place=Place.BELOW),
            FieldRule("gender", Kind.SEX, ("gioi tinh sex",)),
            FieldRule("expires_on", Kind.DATE, ("gia tri den expires", "co gia tri den"), place=Place.BELOW),
            FieldRule("expires_on", Kind.DATE, ("co gia tri den date of expiry", "co gia tri den")),
            FieldRule("issued_on", Kind.DATE, ("ngay cap date of issue", "ngay thang nam cap"), place=Place.BELOW),
            FieldRule("issued_on", Kind.DATE, ("ngay cap date of issue", "ngay thang nam date month year")),
        ),
    ),
    FieldSet(
        ("VN.DIPLOMA", "VN.TRANSCRIPT", "VN.BILINGUAL_CERT"),
        (
            FieldRule("document_number", Kind.DOCUMENT_NUMBER, ("so hieu", "so hieu no")),
            FieldRule("holder_name", Kind.NAME, ("ho va ten", "ho va ten hoc sinh", "ho va ten sinh vien", "cho")),
            FieldRule("holder_name", Kind.NAME, ("hereby certifies that",), place=Place.BELOW),
            FieldRule("holder_name", Kind.NAME, ("ba", "ong"), place=Place.PIECE),
            FieldRule("id_number", Kind.CITIZEN_NUMBER, _NUMBER),
            FieldRule("birth_date", Kind.DATE, _BORN),
            FieldRule("graduation_year", Kind.YEAR, ("nam tot nghiep",)),
            FieldRule("grade", Kind.SHORT_TEXT, ("xep loai tot nghiep", "hang tot nghiep")),
            FieldRule("credits", Kind.WHOLE, ("tong so tin chi",)),
            FieldRule("average", Kind.DECIMAL, ("diem trung binh",)),
            *_SIGNED,
        ),
    ),
    FieldSet(
        ("VN.LAND_CERT",),
        (
            *_HEAD,
            FieldRule("holder_name", Kind.NAME, ("ba", "ong")),
            FieldRule("id_number", Kind.CITIZEN_NUMBER, _NUMBER),
            FieldRule("address", Kind.TEXT, ("dia chi",)),
            FieldRule("parcel", Kind.WHOLE, ("thua dat so",)),
            FieldRule("map_sheet", Kind.WHOLE, ("to ban do so",)),
            FieldRule("area", Kind.SHORT_TEXT, ("dien tich",)),
            *_SIGNED,
        ),
    ),
    FieldSet(
        ("VN.BUSINESS_REG",),
        (
            *_HEAD,
            FieldRule("issued_on", Kind.DATE, ("dang ky lan dau",)),
            FieldRule("business_name", Kind.SHORT_TEXT, ("ten ho kinh doanh", "ten cong ty", "ten doanh nghiep")),
            FieldRule("capital", Kind.AMOUNT, ("von kinh doanh", "von dieu le")),
            FieldRule("holder_name", Kind.NAME, ("chu ho kinh doanh", "ho va ten")),
            FieldRule("birth_date", Kind.DATE, _BORN),
            FieldRule("id_number", Kind.CITIZEN_NUMBER, _NUMBER),
        ),
    ),
    FieldSet(
        ("VN.POWER_OF_ATTORNEY",),
        (
            *_person("", "grantor"),
            FieldRule("agent_name", Kind.NAME, _NAME, "agent"),
            FieldRule("agent_id_number", Kind.CITIZEN_NUMBER, _NUMBER, "agent"),
            FieldRule("agent_birth_date", Kind.DATE, _BORN, "agent"),
            FieldRule("issued_on", Kind.DATE, ("hom nay",), "*"),
        ),
        (("ben uy quyen", "grantor"), ("ben duoc uy quyen", "agent"), ("noi dung uy quyen", "content")),
    ),
    FieldSet(
        ("VN.COURT_DECISION",),
        (
            *_HEAD,
            FieldRule("plaintiff_name", Kind.NAME, ("nguyen don",)),
            FieldRule("defendant_name", Kind.NAME, ("bi don",)),
            *_SIGNED,
        ),
    ),
    FieldSet(
        ("VN.CONTRACT",),
        (
            *_HEAD,
            FieldRule("party_a_name", Kind.NAME, ("ho va ten", "ong", "ba", "dai dien"), "a"),
            FieldRule("party_a_id_number", Kind.CITIZEN_NUMBER, _NUMBER, "a"),
            FieldRule("party_b_name", Kind.NAME, ("ho va ten", "ong", "ba", "dai dien"), "b"),
            FieldRule("party_b_id_number", Kind.CITIZEN_NUMBER, _NUMBER, "b"),
            FieldRule("value", Kind.AMOUNT, ("gia tri hop dong", "tong gia tri", "gia chuyen nhuong"), "*"),
            FieldRule("issued_on", Kind.DATE, ("hom nay",), "*"),
        ),
        (("ben a", "a"), ("ben b", "b"), ("dieu 1", "terms")),
    ),
    FieldSet(
        ("VN.STUDENT_STATUS", "VN.INCOME"),
        (
            *_person("", ""),
            FieldRule("holder_name", Kind.NAME, ("xac nhan ong", "xac nhan ba"), place=Place.PROSE),
            *_SIGNED,
        ),
    ),
)  # fmt: skip

FALLBACK: Final = FieldSet(
    (),
    (
        *_person("", ""),
        FieldRule("issued_on", Kind.DATE, _REGISTERED),
    ),
)
"""For a paper of no known kind: only what its own label names beyond doubt."""

STOP_LABELS: Final = (
    *_NAME, *_NUMBER, *_BORN, *_REGISTERED, "gioi tinh", "dan toc", "quoc tich", "nam sinh", "noi sinh", "que quan",
    "noi cu tru", "noi thuong tru", "noi o hien tai", "dia chi", "giay to tuy than", "quan he", "noi cap", "quyen so",
    "lop", "nganh", "nghe nghiep", "dien thoai", "thu dien tu", "ghi chu", "ton giao", "khoa hoc", "so", "chuc vu",
    "hinh thuc dao tao", "ho chu dem ten nguoi me", "ho chu dem ten nguoi cha", "ho chu dem va ten chu ho",
)  # fmt: skip
"""Printed labels of any form: where one begins, the value before it has ended."""


def fields_of(doc_type: str) -> FieldSet:
    """Return the fields of a kind of paper, or those that every paper may have."""
    return next((one for one in FIELD_SETS if doc_type in one.doc_types), FALLBACK)
