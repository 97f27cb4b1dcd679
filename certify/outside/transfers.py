"""The square with which a fee is paid by bank transfer: EMV merchant-presented code of the Vietnamese scheme.

The layout was written from memory and was never read by a bank's app (docs/limitations.md); the checksum is CRC-16/CCITT.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from certify.errors import GuardRefused

_SCHEME: Final = "A000000727"
_TO_ACCOUNT: Final = "QRIBFTTA"
_DONG: Final = "704"
_ACCOUNT: Final = re.compile(r"([0-9]{6}):([0-9A-Z]{4,19})")


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where fees go: the bank's six digits, and the account there."""

    bank: str
    account: str

    @classmethod
    def read(cls, text: str) -> BankAccount:
        """Read `BANK:ACCOUNT`, for example `970400:0011001234567`.

        Raises:
            GuardRefused: `ACCOUNT_UNREADABLE`.
        """
        found = _ACCOUNT.fullmatch(text.strip())
        if found is None:
            raise GuardRefused(
                "ACCOUNT_UNREADABLE", "a bank account is written BANK:ACCOUNT, six digits and up to nineteen signs"
            )
        return cls(found[1], found[2])


def transfer_code(account: BankAccount, *, amount_vnd: int, reference: str) -> str:
    """Write the content of the square: one payment of this amount, with a reference of plain letters and digits."""
    to = _field("00", account.bank) + _field("01", account.account)
    body = (
        _field("00", "01")
        + _field("01", "12")
        + _field("38", _field("00", _SCHEME) + _field("01", to) + _field("02", _TO_ACCOUNT))
        + _field("53", _DONG)
        + _field("54", str(amount_vnd))
        + _field("58", "VN")
        + _field("62", _field("08", reference))
        + "6304"
    )
    return f"{body}{_crc16(body.encode('ascii')):04X}"


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


def _crc16(content: bytes) -> int:
    register = 0xFFFF
    for byte in content:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ 0x1021 if register & 0x8000 else register << 1
            register &= 0xFFFF
    return register
