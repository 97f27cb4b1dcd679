"""The graph of objects that decide what a reader shows: everything the catalog reaches, without the DSS.

What is not in it cannot change a page; what is in it and was changed after a signature must be explained.
References to objects that do not exist yet belong to it too: filling such a gap later is a shadow attack.
"""

from __future__ import annotations

from collections.abc import Iterable

from signing.verify.errors import PdfUnreadable
from signing.verify.revisions import PdfHistory, Revision
from signing.verify.syntax import PdfObject, Ref, Stream
from signing.verify.xref import XrefEntry

MAX_PRIVATE = 2_000


class ObjectGraph:
    """Answers which objects are reachable, reading every object at most once over all revisions."""

    def __init__(self, history: PdfHistory) -> None:
        """Bind the graph to one file."""
        self._history = history
        self._children: dict[XrefEntry, frozenset[int]] = {}
        self._reached: dict[int, frozenset[int]] = {}
        self._leading: dict[int, dict[int, set[int]]] = {}

    def reached(self, revision: Revision) -> frozenset[int]:
        """Give the numbers of all objects a reader may meet in this revision, existing or not.

        Raises:
            PdfUnreadable: one of them cannot be read, so nothing can be said about it.
        """
        if revision.index not in self._reached:
            self._reached[revision.index] = self._walk(revision)
        return self._reached[revision.index]

    def _walk(self, revision: Revision) -> frozenset[int]:
        root = revision.trailer.get("Root")
        if not isinstance(root, Ref):
            raise PdfUnreadable("NO_CATALOG", "the trailer names no catalog")
        catalog = self._history.resolve(revision, root)
        if not isinstance(catalog, dict):
            raise PdfUnreadable("NO_CATALOG", "the catalog is no dictionary")
        seen = {root.number}
        waiting = list(references({key: value for key, value in catalog.items() if key != "DSS"}))
        waiting += references(revision.trailer.get("Info"))
        while waiting:
            number = waiting.pop()
            if number not in seen:
                seen.add(number)
                waiting.extend(self._references_of(revision, number))
        return frozenset(seen)

    def private_to(self, owner: int, values: Iterable[PdfObject], revisions: Iterable[Revision]) -> frozenset[int]:
        """Give what hangs below values of one object and is reached through it alone, in every one of the revisions.

        Such objects may change together with their owner: nobody else shows them.
        """
        known = tuple(revisions)
        members: set[int] = set()
        waiting = [number for value in values for number in references(value)]
        while waiting and len(members) < MAX_PRIVATE:
            number = waiting.pop()
            if number not in members and number != owner:
                members.add(number)
                waiting.extend(target for revision in known for target in self._references_of(revision, number))
        referrers = [self._referrers(revision) for revision in known]
        while True:
            inside = members | {owner}
            shared = {number for number in members if any(not one.get(number, set()) <= inside for one in referrers)}
            if not shared:
                return frozenset(members)
            members -= shared

    def _referrers(self, revision: Revision) -> dict[int, set[int]]:
        """Give for every object a reader may meet those that lead to it; the trailer counts as object 0."""
        if revision.index not in self._leading:
            leading: dict[int, set[int]] = {}
            for number in self.reached(revision):
                for target in self._references_of(revision, number):
                    leading.setdefault(target, set()).add(number)
            for key, value in revision.trailer.items():
                for target in references(value) if key != "Root" else ():
                    leading.setdefault(target, set()).add(0)
            self._leading[revision.index] = leading
        return self._leading[revision.index]

    def _references_of(self, revision: Revision, number: int) -> frozenset[int]:
        entry = revision.objects.get(number)
        if entry is None:
            return frozenset()
        known = self._children.get(entry)
        if known is None:
            known = frozenset(references(self._history.fetch(revision, number)))
            self._children[entry] = known
        return known


def references(value: PdfObject) -> list[int]:
    """Give the object numbers a value refers to."""
    found: list[int] = []
    waiting: list[PdfObject] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Ref):
            found.append(item.number)
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, Stream):
            waiting.extend(item.entries.values())
    return found
