"""Compare two neighbouring revisions of a file: what the steps of `changes` have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from signing.verify.fields import FormField
from signing.verify.graph import ObjectGraph
from signing.verify.report import ModifiedAfter
from signing.verify.revisions import PdfHistory, Revision
from signing.verify.syntax import PdfObject, Ref, same_object

Dictionary: TypeAlias = "dict[str, PdfObject]"


@dataclass(frozen=True, slots=True)
class StepChange:
    """What one revision changed against the one before it; `widgets` are the annotations it filled or added."""

    level: ModifiedAfter
    notes: tuple[str, ...]
    filled_fields: frozenset[str]
    adds_visible_field: bool
    adds_signature_field: bool
    fills_blanks_only: bool = True
    is_notes_only: bool = True
    widgets: frozenset[int] = frozenset()


@dataclass(slots=True)
class Findings:
    """What a comparison has found so far."""

    level: ModifiedAfter = ModifiedAfter.NONE
    notes: list[str] = field(default_factory=list)
    filled: set[str] = field(default_factory=set)
    explained: set[int] = field(default_factory=set)
    adds_visible_field: bool = False
    adds_signature_field: bool = False
    fills_blanks_only: bool = True
    is_notes_only: bool = True

    def raise_to(self, level: ModifiedAfter, note: str = "") -> None:
        """Note a change that is at least this serious."""
        if level.rank > self.level.rank:
            self.level = level
        if note:
            self.notes.append(note)


class Comparison:
    """Two neighbouring revisions, with what both of them hold."""

    def __init__(
        self,
        history: PdfHistory,
        old: Revision,
        new: Revision,
        old_fields: tuple[FormField, ...],
        new_fields: tuple[FormField, ...],
        graph: ObjectGraph,
    ) -> None:
        self._graph = graph
        self._history = history
        self._old, self._new = old, new
        self._old_fields, self._new_fields = old_fields, new_fields
        self._found = Findings()
        self._new_widgets: set[int] = set()
        self._filled_widgets: set[int] = set()
        self._new_annotations: set[int] = set()

    def _same_deeply(self, before: PdfObject, after: PdfObject, depth: int = 0) -> bool:
        """Compare values that may have moved to other objects; an object changed in place is judged on its own."""
        if isinstance(before, Ref) and before == after:
            return True
        old, new = self._read_old(before), self._read_new(after)
        if depth > 8 or type(old) is not type(new):
            return False
        if isinstance(old, dict) and isinstance(new, dict):
            return old.keys() == new.keys() and all(self._same_deeply(old[key], new[key], depth + 1) for key in old)
        if isinstance(old, list) and isinstance(new, list):
            pairs = zip(old, new, strict=False)
            return len(old) == len(new) and all(self._same_deeply(left, right, depth + 1) for left, right in pairs)
        return same_object(old, new)

    def _only_changed(self, old: PdfObject, new: PdfObject, allowed: frozenset[str]) -> bool:
        if not isinstance(old, dict) or not isinstance(new, dict):
            return False
        return all(key in allowed or same_object(old.get(key), new.get(key)) for key in old.keys() | new.keys())

    def _explain(self, *values: PdfObject) -> None:
        self._found.explained.update(value.number for value in values if isinstance(value, Ref))

    def _read_old(self, value: PdfObject) -> PdfObject:
        return self._history.resolve(self._old, value)

    def _read_new(self, value: PdfObject) -> PdfObject:
        return self._history.resolve(self._new, value)


def as_list(value: PdfObject) -> list[PdfObject]:
    """Give a value that may stand alone or in an array as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
