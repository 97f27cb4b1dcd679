"""The four PAdES baseline levels (ETSI EN 319 142-1): a level asked is the level made, or an error."""

from __future__ import annotations

from enum import StrEnum


class PadesLevel(StrEnum):
    """How long a signature can be judged by itself; each level contains the one before."""

    B_B = "PAdES-B-B"
    B_T = "PAdES-B-T"
    B_LT = "PAdES-B-LT"
    B_LTA = "PAdES-B-LTA"

    @property
    def has_timestamp(self) -> bool:
        """Tell whether a trusted time-stamp proves when the signature existed."""
        return self is not PadesLevel.B_B

    @property
    def has_evidence(self) -> bool:
        """Tell whether certificates and revocation answers travel inside the file."""
        return self in (PadesLevel.B_LT, PadesLevel.B_LTA)

    @property
    def has_archive_timestamp(self) -> bool:
        """Tell whether a document time-stamp protects the evidence itself."""
        return self is PadesLevel.B_LTA
