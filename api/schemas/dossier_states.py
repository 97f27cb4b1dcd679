"""The codes of a dossier beside its steps, and papers that were taken in by hand."""

from __future__ import annotations

from pydantic import Field

from api.schemas.wire import Asked, Moment, Sha256Hex, Told


class DossierStatusTold(Told):
    """A code that somebody brought, with the reason that the other side reads."""

    status: int
    by: str = Field(examples=["STAFF"])
    reason: str = Field(repr=False)
    at: Moment


class ByHandTold(Told):
    """A paper taken in by hand, why, and what the vault says of it: PENDING, SAME or DIFFERENT."""

    requirement_id: str
    why: str = Field(examples=["VAULT_DOWN"])
    could_reuse: bool
    sha256: Sha256Hex
    at: Moment
    reconciled: str = Field(examples=["PENDING"])
    reconciled_at: Moment | None


class StatusAsked(Asked):
    """The code a dossier gets; codes that stop it or ask for something want a reason."""

    status: int = Field(ge=1, le=10, examples=[5])
    reason: str = Field(default="", max_length=300, repr=False)


class WithdrawalAsked(Asked):
    """Why a dossier is to be taken back; a reason may be given."""

    reason: str = Field(default="", max_length=300, repr=False)


class ByHandAsked(Asked):
    """A paper that was taken in by hand: why, and the digest of the file that the office keeps."""

    why: str = Field(pattern="^(VAULT_DOWN|BROUGHT_ANYWAY|NAME_DIFFERS|UNREADABLE|CONSENT_OVER|OTHER)$")
    note: str = Field(default="", max_length=300, repr=False)
    sha256: Sha256Hex
