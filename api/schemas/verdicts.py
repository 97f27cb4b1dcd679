"""The parts of a verification's answer as they travel: who signed, with which time-stamps, what looks different after."""

from __future__ import annotations

from pydantic import Field

from api.schemas.wire import Moment, Sha256Hex, Told


class SignerTold(Told):
    """Who signed, in the words of the certificate."""

    common_name: str
    organisation: str
    issuer: str
    serial_hex: str
    not_before: Moment | None
    not_after: Moment | None
    certificate_sha256_hex: Sha256Hex


class TimestampTold(Told):
    """One time-stamp that protects a signature."""

    kind: str
    valid: bool
    trusted: bool
    at: Moment | None


class SignatureTold(Told):
    """The judgement on one signature field (ETSI EN 319 102-1)."""

    field: str
    kind: str = Field(examples=["SIGNATURE"])
    subfilter: str = Field(examples=["ETSI.CAdES.detached"])
    indication: str = Field(examples=["TOTAL_PASSED"])
    sub_indication: str | None
    level: str = Field(examples=["PAdES-B-LTA"])
    cryptographically_valid: bool
    coverage: str = Field(examples=["ENTIRE_REVISION"])
    modified_after: str = Field(examples=["LTA_UPDATE"])
    technically_valid: bool
    trusted: bool
    signer: SignerTold | None
    signed_at: Moment | None
    time_source: str = Field(examples=["TIMESTAMP"])
    timestamps: list[TimestampTold]
    signature_policy: str | None


class DifferenceTold(Told):
    """A page that looks different after a revision: where (left, bottom, right, top in points), and whether it may."""

    revision: int
    page_number: int
    boxes: list[list[float]]
    outside: list[list[float]] = Field(description="The boxes where nothing was allowed to change.")
    covers_ink: bool
