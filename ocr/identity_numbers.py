"""Takes citizens' numbers apart: twelve digits say province, century and sex, and year; nine digits say nothing.

The form of the twelve digits: three for the province where the birth was registered, one for century and sex (even
a man, odd a woman; 0 and 1 the 1900s, 2 and 3 the 2000s), two for the year, six at random. There is no check digit,
so a number is only as sure as what agrees with it on the same paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

SPECIMEN_CODE: Final = "000"
"""Never issued; invented numbers on specimens begin with it."""

PROVINCE_NAMES: Final = MappingProxyType({
    "001": "Hà Nội", "002": "Hà Giang", "004": "Cao Bằng", "006": "Bắc Kạn", "008": "Tuyên Quang", "010": "Lào Cai",
    "011": "Điện Biên", "012": "Lai Châu", "014": "Sơn La", "015": "Yên Bái", "017": "Hòa Bình", "019": "Thái Nguyên",
    "020": "Lạng Sơn", "022": "Quảng Ninh", "024": "Bắc Giang", "025": "Phú Thọ", "026": "Vĩnh Phúc",
    "027": "Bắc Ninh", "030": "Hải Dương", "031": "Hải Phòng", "033": "Hưng Yên", "034": "Thái Bình", "035": "Hà Nam",
    "036": "Nam Định", "037": "Ninh Bình", "038": "Thanh Hóa", "040": "Nghệ An", "042": "Hà Tĩnh",
    "044": "Quảng Bình", "045": "Quảng Trị", "046": "Thừa Thiên Huế", "048": "Đà Nẵng", "049": "Quảng Nam",
    "051": "Quảng Ngãi", "052": "Bình Định", "054": "Phú Yên", "056": "Khánh Hòa", "058": "Ninh Thuận",
    "060": "Bình Thuận", "062": "Kon Tum", "064": "Gia Lai", "066": "Đắk Lắk", "067": "Đắk Nông", "068": "Lâm Đồng",
    "070": "Bình Phước", "072": "Tây Ninh", "074": "Bình Dương", "075": "Đồng Nai", "077": "Bà Rịa - Vũng Tàu",
    "079": "Hồ Chí Minh", "080": "Long An", "082": "Tiền Giang", "083": "Bến Tre", "084": "Trà Vinh",
    "086": "Vĩnh Long", "087": "Đồng Tháp", "089": "An Giang", "091": "Kiên Giang", "092": "Cần Thơ",
    "093": "Hậu Giang", "094": "Sóc Trăng", "095": "Bạc Liêu", "096": "Cà Mau",
})  # fmt: skip
"""The codes that stand in issued numbers: those of the 63 provinces until 2025; a number outlives a merger."""


class Sex(StrEnum):
    """What the fourth digit says."""

    MALE = "MALE"
    FEMALE = "FEMALE"


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A number of twelve digits taken apart."""

    digits: str
    province_code: str
    birth_year: int
    sex: Sex

    @property
    def is_specimen(self) -> bool:
        """Whether the number is one of the reserved ones that nobody has."""
        return self.province_code == SPECIMEN_CODE

    @property
    def province_is_known(self) -> bool:
        """Whether the first three digits are a province's."""
        return self.province_code in PROVINCE_NAMES


def read_identity_number(digits: str) -> IdentityNumber | None:
    """Return the parts of a twelve-digit number, or None when it is no such number or its province does not exist."""
    if len(digits) != 12 or not (digits.isascii() and digits.isdigit()):
        return None
    code = int(digits[3])
    number = IdentityNumber(
        digits=digits,
        province_code=digits[:3],
        birth_year=1900 + 100 * (code // 2) + int(digits[4:6]),
        sex=Sex.FEMALE if code % 2 else Sex.MALE,
    )
    return number if number.is_specimen or number.province_is_known else None


def agrees_with_birth(number: IdentityNumber, born_on: date) -> bool:
    """Tell whether the number's year is that of a birth date."""
    return number.birth_year == born_on.year
