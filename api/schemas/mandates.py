"""Who acts for whose vault, as it goes over the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from api.schemas.wire import Asked, Moment, Told, UlidText

DocumentNumber = Annotated[str, Field(min_length=1, max_length=128, examples=["45/2026/QĐST-HNGĐ"])]
Number = Annotated[str, Field(min_length=1, max_length=40, examples=["000195012345"])]
TypeCode = Annotated[str, Field(min_length=1, max_length=64, examples=["VN.BIRTH_CERT"])]


class WhoAsked(Asked):
    """Somebody by number; the name opens a vault for who has none yet."""

    number: Number = Field(repr=False)
    kind: str = Field(default="PERSON", pattern="^(PERSON|ORGANISATION)$")
    name: str | None = Field(default=None, min_length=1, max_length=200, repr=False)
    birth_date: date | None = Field(default=None, repr=False)


class ScopeAsked(Asked):
    """What a mandate covers and until when; nothing named means every paper."""

    document_number: DocumentNumber
    covered_types: list[TypeCode] = Field(default_factory=list, max_length=50)
    covered_records: list[UlidText] = Field(default_factory=list, max_length=200)
    may_act: bool = Field(default=True, description="Share and consent, or only read.")
    ends_on: date | None = Field(default=None, description="The last day.")


class MandateAsked(ScopeAsked):
    """A mandate by a document the counter has seen."""

    holder: WhoAsked
    person: WhoAsked
    kind: str = Field(pattern="^(PARENT|GUARDIAN|LEGAL_REPRESENTATIVE|HEIR)$", examples=["PARENT"])


class UserAsked(ScopeAsked):
    """A user whom the legal representative of an organisation appoints; `ends_on` is needed."""

    person_number: Number = Field(repr=False)


class DocumentAsked(Asked):
    """The document on which something ends."""

    document_number: DocumentNumber


class DeathAsked(DocumentAsked):
    """Who died, by the death certificate."""

    number: Number = Field(repr=False)


class IdentityAsked(DocumentAsked):
    """A new name or number of a holder."""

    before: WhoAsked
    name: str = Field(min_length=1, max_length=200, repr=False)
    number: Number = Field(repr=False)
    birth_date: date | None = Field(default=None, repr=False)


class JointAsked(DocumentAsked):
    """Who holds a copy jointly with the one in whose vault it lies."""

    code: str = Field(max_length=32, examples=["K7PM-3QWX-9DHT-5"])
    numbers: list[Number] = Field(min_length=1, max_length=20, repr=False)


class JointRuleAsked(Asked):
    """Whether the other holders of a joint paper may share it without this one."""

    others_share_alone: bool


class HolderTold(Told):
    """Whose vault it is."""

    holder_id: UlidText


class JointTold(Told):
    """Which paper it is."""

    record_id: UlidText


class MandateTold(Told):
    """A mandate; `name` is the other person's, for the one who may know it."""

    mandate_id: UlidText
    holder_id: UlidText
    person_id: UlidText
    kind: str = Field(examples=["PARENT"])
    covers: str = Field(examples=["EVERYTHING"])
    covered: list[str]
    may_act: bool
    document_number: str
    starts_at: Moment
    ends_at: Moment | None
    ended_at: Moment | None
    ended_by_document: str | None
    name: str | None = Field(default=None, repr=False)


class MandateList(Told):
    """Mandates, newest first."""

    items: list[MandateTold]
    next_cursor: str | None = None
