"""The issuer's door, papers that are fetched from providers, and how each of these systems fares."""

from __future__ import annotations

from pydantic import Field

from api.schemas.vaults import RecordTold
from api.schemas.wire import Asked, Line, Moment, Sentence, Told, UlidText


class ResultTold(Told):
    """A result that the agency's systems brought, with the paper that stands for it now."""

    result_id: UlidText
    reference: str = Field(description="The issuing system's own id of the result.", examples=["HT-2026-000123"])
    doc_type: str
    record_id: UlidText
    uri: str = Field(description="The stable address of the paper that stands for it now.")
    assurance_level: int
    sha256: str
    state: str = Field(description="`CURRENT` or `ANNULLED`.", examples=["CURRENT"])
    record_status: str = Field(description="How the paper stands in its vault.", examples=["CURRENT"])
    decision_number: str | None
    version: int
    added_at: Moment
    changed_at: Moment


class ResultList(Told):
    """A page of results."""

    items: list[ResultTold]
    next_cursor: str | None


class AnnulmentOfResult(Asked):
    """By which decision a result is annulled."""

    decision_number: str = Field(min_length=1, max_length=128, examples=["45/QĐ-UBND"])


class PullAsked(Asked):
    """A paper that the holder wants from a provider, by its address there."""

    uri: str = Field(pattern=r"^[!-~]{3,200}$", examples=["vi-du:bang-tot-nghiep/2026/000123"], repr=False)
    doc_type: Line = Field(examples=["VN.DIPLOMA"])


class PulledTold(Told):
    """What came of it: the paper in the vault, and whether this call changed anything."""

    provider_id: str
    outcome: str = Field(description="`ADDED`, `REPLACED`, `ANNULLED` or `UNCHANGED`.", examples=["ADDED"])
    record: RecordTold


class OfferedProvider(Told):
    """A provider that papers can be fetched from."""

    provider_id: str
    title: Sentence
    uri_prefix: str
    doc_types: list[str]


class OfferedProviderList(Told):
    """The providers that papers can be fetched from."""

    items: list[OfferedProvider]


class ProviderTold(Told):
    """A system that gives papers: how it fares."""

    provider_id: str
    way: str = Field(description="`PUSH`: it brings results; `PULL`: it is asked.", examples=["PUSH"])
    label: str
    agency_code: str
    health: str = Field(description="`WORKS`, `FAILS` or `UNHEARD`.", examples=["WORKS"])
    successes: int
    failures: int
    last_success_at: Moment | None
    last_failure_at: Moment | None
    last_problem: str | None = Field(description="The code of the last failure.", examples=["HTTP_503"])


class ProviderList(Told):
    """The systems that give papers."""

    items: list[ProviderTold]
