"""Register books as they go over the wire."""

from __future__ import annotations

from pydantic import Field, SecretStr

from api.schemas.office import RegisterRowTold
from api.schemas.wire import Asked, Moment, Sha256Hex, Told, UlidText


class TotalsTold(Told):
    """What stands under the last line of a book."""

    numbers: int = Field(description="Every number that was taken, void ones too.")
    voided: int
    copies: int
    fee_vnd: int


class ClosingTold(Told):
    """How a book was closed; the signature follows the closing, and its digest is in the log."""

    closed_at: Moment
    closed_by: str
    decision_number: str | None
    signed_at: Moment | None
    signed_by: str | None
    signed_sha256: str | None


class BookTold(Told):
    """One book of the register."""

    book_id: UlidText
    agency_code: str
    display: str = Field(examples=["01/2026-SCTĐT/BS"])
    year: int
    volume: int
    status: str = Field(description="OPEN or CLOSED.", examples=["OPEN"])
    last_number: int
    totals: TotalsTold
    closing: ClosingTold | None


class BookList(Told):
    """The books of an agency, the newest year first."""

    items: list[BookTold]


class BookLines(Told):
    """Lines of one book."""

    book: str
    shown_at: Moment
    items: list[RegisterRowTold]
    next_cursor: str | None


class BookAsked(Asked):
    """Which volume of this year is opened."""

    volume: int = Field(default=1, ge=1, le=99)


class ClosingAsked(Asked):
    """The last number the caller has seen: the book closes behind it, or not at all."""

    last_number: int = Field(ge=0)


class ClosingSignature(Asked):
    """The digest of the closing document that was shown, and the PIN that opens the key for it once."""

    sha256: Sha256Hex
    pin: SecretStr = Field(examples=["240226"], description="Never stored, never logged.")
