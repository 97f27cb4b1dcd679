"""Read what a signature allows to happen after it: DocMDP, FieldMDP and the field's own lock (12.8.2, 12.7.5.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from signing.verify.comparison import StepChange
from signing.verify.fields import read_text
from signing.verify.report import ModifiedAfter
from signing.verify.revisions import PdfHistory, Revision
from signing.verify.syntax import PdfObject


@dataclass(frozen=True, slots=True)
class Permissions:
    """`doc_mdp` is P of the certification, None for an approval signature; `locks` are (action, names)."""

    doc_mdp: int | None
    locks: tuple[tuple[str, frozenset[str]], ...]

    def locks_field(self, name: str) -> bool:
        """Tell whether a field may no longer change."""
        return any(_is_locked(action, names, name) for action, names in self.locks)


def _is_locked(action: str, names: frozenset[str], name: str) -> bool:
    is_named = any(name == one or name.startswith(f"{one}.") for one in names)
    return action == "All" or (action == "Include" and is_named) or (action == "Exclude" and not is_named)


def read_permissions(history: PdfHistory, revision: Revision, dictionary: dict[str, PdfObject]) -> Permissions:
    """Read the transform parameters of a signature dictionary."""
    references = history.resolve(revision, dictionary.get("Reference"))
    doc_mdp: int | None = None
    locks: list[tuple[str, frozenset[str]]] = []
    for item in references if isinstance(references, list) else []:
        reference = history.resolve(revision, item)
        if not isinstance(reference, dict):
            continue
        parameters = history.resolve(revision, reference.get("TransformParams"))
        entries = parameters if isinstance(parameters, dict) else {}
        method = history.resolve(revision, reference.get("TransformMethod"))
        if method == "DocMDP":
            level = history.resolve(revision, entries.get("P", 2))
            doc_mdp = level if isinstance(level, int) and level in (1, 2, 3) else 1
        elif method == "FieldMDP":
            locks.append(_read_lock(history, revision, entries))
    return Permissions(doc_mdp, tuple(locks))


def _read_lock(history: PdfHistory, revision: Revision, entries: dict[str, PdfObject]) -> tuple[str, frozenset[str]]:
    action = history.resolve(revision, entries.get("Action"))
    names = history.resolve(revision, entries.get("Fields"))
    titles = [history.resolve(revision, name) for name in names] if isinstance(names, list) else []
    return (
        # An action we do not know locks everything: it was meant to lock something.
        action if action in ("All", "Include", "Exclude") and isinstance(action, str) else "All",
        frozenset(read_text(title) for title in titles if isinstance(title, bytes)),
    )


def may_follow(step: StepChange, doc_mdp: int | None) -> bool:
    """Tell whether a change may stand after a signature; how it looks is judged apart.

    Without a certification a form may still be filled where it was blank: whoever signed saw an empty place. A value
    that was there when it was signed may not become another one (the "replace" form of a shadow attack).
    """
    if step.level is ModifiedAfter.FORM_FILL:
        return doc_mdp in (2, 3) or (doc_mdp is None and step.fills_blanks_only)
    if step.level is ModifiedAfter.ANNOTATION:
        return doc_mdp == 3 and step.is_notes_only
    return step.level.rank < ModifiedAfter.FORM_FILL.rank


def broken_permissions(permissions: Permissions, steps: Iterable[StepChange]) -> list[str]:
    """Name the promises that later revisions broke."""
    broken: set[str] = set()
    for step in steps:
        if any(permissions.locks_field(name) for name in step.filled_fields):
            broken.add("FIELD_LOCK_BROKEN")
        if permissions.doc_mdp is None:
            continue
        if permissions.doc_mdp == 1 and step.level.rank > ModifiedAfter.LTA_UPDATE.rank:
            broken.add("DOCMDP_BROKEN")
        if step.adds_signature_field and step.adds_visible_field:
            # A certified file takes signatures in the fields it was certified with (`notes/signing.md`, trap 4).
            broken.add("DOCMDP_BROKEN")
    return sorted(broken)
