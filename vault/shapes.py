"""The closed lists a record is described with: shelf, elaboration, assurance level, statuses, kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Shelf(StrEnum):
    """The six shelves of the citizen's warehouse (Circular 01/2023, article 24)."""

    IDENTITY = "IDENTITY"
    APPLICATIONS = "APPLICATIONS"
    HISTORY = "HISTORY"
    RESULTS = "RESULTS"
    CERTIFIED_COPIES = "CERTIFIED_COPIES"
    DIGITISED_PAPERS = "DIGITISED_PAPERS"


class Elaboration(StrEnum):
    """How the electronic document came to be."""

    BORN_DIGITAL = "BORN_DIGITAL"
    EXTRACT_FROM_REGISTER = "EXTRACT_FROM_REGISTER"
    CERTIFIED_COPY = "CERTIFIED_COPY"
    AGENCY_COPY = "AGENCY_COPY"
    DIGITISED_SIGNED = "DIGITISED_SIGNED"
    DIGITISED_UNCERTIFIED = "DIGITISED_UNCERTIFIED"
    SELF_UPLOADED = "SELF_UPLOADED"


# How much a document may be relied on follows from how it was made; nobody can state it otherwise.
ASSURANCE_LEVELS: Final[Mapping[Elaboration, int]] = MappingProxyType(
    {
        Elaboration.BORN_DIGITAL: 4,
        Elaboration.EXTRACT_FROM_REGISTER: 4,
        Elaboration.CERTIFIED_COPY: 3,
        Elaboration.AGENCY_COPY: 2,
        Elaboration.DIGITISED_SIGNED: 2,
        Elaboration.DIGITISED_UNCERTIFIED: 1,
        Elaboration.SELF_UPLOADED: 0,
    }
)


class RecordStatus(StrEnum):
    """How a record stands in its vault. EXPIRED is never stored: it follows from the last day of validity."""

    CURRENT = "CURRENT"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    ANNULLED = "ANNULLED"
    WITHDRAWN = "WITHDRAWN"


class RegisterStatus(StrEnum):
    """How a code stands in the register of certifications."""

    FINAL = "FINAL"
    VOID = "VOID"
    SUPERSEDED = "SUPERSEDED"
    ANNULLED = "ANNULLED"
    UNKNOWN = "UNKNOWN"


class OriginalStatus(StrEnum):
    """What is known of the paper original after the copy was made."""

    CURRENT = "CURRENT"
    EXPIRED = "EXPIRED"
    REPLACED = "REPLACED"
    REVOKED = "REVOKED"
    UNKNOWN = "UNKNOWN"


class RenditionAge(StrEnum):
    """Whether a file is the newest form of the copy."""

    NEWEST = "NEWEST"
    OLDER = "OLDER"
    UNKNOWN = "UNKNOWN"


class RenditionKind(StrEnum):
    """The form of a paper that a stored blob is."""

    SIGNED_PDF = "SIGNED_PDF"
    FIELDS_JSON = "FIELDS_JSON"
    DETAILS_JSON = "DETAILS_JSON"
    TEXT = "TEXT"
    SOURCE_SCAN = "SOURCE_SCAN"
    PREVIEW = "PREVIEW"


class Retention(StrEnum):
    """How long a record is kept: until its holder erases it, or as long as a law or an open case asks."""

    HOLDER = "HOLDER"
    CASE = "CASE"
    LEGAL = "LEGAL"


class Sensitivity(StrEnum):
    """Whether even the type of the document is kept from a stranger who knows the code."""

    NORMAL = "NORMAL"
    SENSITIVE = "SENSITIVE"


@dataclass(frozen=True, slots=True)
class Titles:
    """The title of the document type in the three languages (data, never the title of one person's paper)."""

    vi: str
    en: str
    fr: str
