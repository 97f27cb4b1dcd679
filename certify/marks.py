"""The visible marks of a certified copy: words and setting by the country's look of the day, with the agency's picture if it has one.

The statement's page has a field of fixed size for each mark, with its heading printed above it; so the look's heading is
left out and its words are set as large as they fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from certify.agencies import Agency
from certify.looks import CERTIFICATION, Looks
from certify.staff import StaffMember
from signing import Look, Mark, MarkWords, SealImage, compose_mark


# It says the same of every agency.
def no_picture(agency_code: str) -> SealImage | None:  # noqa: ARG001
    """Say that no agency has a picture of its seal."""
    return None


@dataclass(frozen=True, slots=True)
class CopyMarks:
    """How officer and agency mark a copy; `picture` gives the picture of an agency's seal by the agency's code."""

    looks: Looks
    picture: Callable[[str], SealImage | None] = no_picture

    def of_officer(self, member: StaffMember, *, agency: Agency, at: datetime) -> Mark:
        """Compose the officer's mark: name, position, agency, and the time with its offset.

        Raises:
            MarkUnusable: `at` is not in the office's zone.
        """
        words = MarkWords(name=member.display_name, position=member.position, agency=agency.name_on_papers, at=at)
        return self._fitted(compose_mark(self._look(at), words))

    def of_seal(self, agency: Agency, *, at: datetime) -> Mark:
        """Compose the agency's mark: its picture, its name, and the time with its offset.

        Raises:
            MarkUnusable: the picture cannot be used, or the look allows none.
        """
        words = MarkWords(agency=agency.name_on_papers, at=at)
        return self._fitted(compose_mark(self._look(at), words, image=self.picture(agency.code)))

    def _look(self, at: datetime) -> Look:
        return self.looks.look(CERTIFICATION, on=at.date())

    def _fitted(self, mark: Mark) -> Mark:
        return replace(mark, heading=None, style=replace(mark.style, size_pt=None))
