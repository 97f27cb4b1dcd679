"""The invented citizens and officers who appear on the specimens.

Everything here is made up (DOMAIN §6): the ID numbers use the prefix 000, which is never issued, and the ward
and the province do not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

PROVINCE: Final = "tỉnh Minh Họa"
WARD: Final = "phường Thí Dụ"
WARD_OFFICE: Final = "UBND phường Thí Dụ"


@dataclass(frozen=True, slots=True)
class Citizen:
    """One invented citizen, as every paper of hers or his names them."""

    key: str
    name: str
    id_number: str
    born_on: date
    is_woman: bool
    address: str

    @property
    def born_text(self) -> str:
        """The birth date as Vietnamese forms print it, dd/mm/yyyy."""
        return f"{self.born_on:%d/%m/%Y}"

    @property
    def gender_vi(self) -> str:
        """`Nữ` or `Nam`."""
        return "Nữ" if self.is_woman else "Nam"

    @property
    def gender_en(self) -> str:
        """`Female` or `Male`."""
        return "Female" if self.is_woman else "Male"

    @property
    def printed_name(self) -> str:
        """The name in capitals."""
        return self.name.upper()


AN: Final = Citizen(
    key="an",
    name="Nguyễn Thị Hoài An",
    id_number="000195012345",
    born_on=date(1995, 3, 14),
    is_woman=True,
    address="số 12 đường Hoa Phượng, phường Thí Dụ, tỉnh Minh Họa",
)
BINH: Final = Citizen(
    key="binh",
    name="Trần Quốc Bình",
    id_number="000093067890",
    born_on=date(1993, 8, 2),
    is_woman=False,
    address="số 12 đường Hoa Phượng, phường Thí Dụ, tỉnh Minh Họa",
)
CHAU: Final = Citizen(
    key="chau",
    name="Lê Ngọc Châu",
    id_number="000198024680",
    born_on=date(1998, 11, 25),
    is_woman=True,
    address="số 7 ngõ 3 đường Cây Bàng, phường Thí Dụ, tỉnh Minh Họa",
)
DUC: Final = Citizen(
    key="duc",
    name="Phạm Minh Đức",
    id_number="000085013579",
    born_on=date(1985, 6, 9),
    is_woman=False,
    address="số 45 đường Bến Mẫu, phường Thí Dụ, tỉnh Minh Họa",
)
GIANG: Final = Citizen(
    key="giang",
    name="Trần Bảo Giang",
    id_number="000326000117",
    born_on=date(2026, 5, 18),
    is_woman=True,
    address="số 12 đường Hoa Phượng, phường Thí Dụ, tỉnh Minh Họa",
)

CAST: Final = MappingProxyType({citizen.key: citizen for citizen in (AN, BINH, CHAU, DUC, GIANG)})

CHAIRMAN: Final = "Vũ Thị Minh Nguyệt"
VICE_CHAIRMAN: Final = "Đặng Hữu Phước"
REGISTRAR: Final = "Hoàng Gia Khánh"
RECTOR: Final = "Bùi Thế Vĩnh"
LAND_OFFICER: Final = "Ngô Thanh Trúc"
TRADE_OFFICER: Final = "Đỗ Khắc Lượng"
NEIGHBOUR_CHAIRMAN: Final = "Kiều Thu Sương"
