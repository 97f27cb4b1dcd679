"""Say what each later revision changed, by a list of what is allowed; everything else is OTHER.

Allowed is what filling an existing empty signature field, adding a document time-stamp field and writing the
DSS need, key by key. The proof is over the object graph, never over what a renderer makes of it.
"""

from __future__ import annotations

from collections.abc import Callable

from signing.verify.comparison import Comparison, Dictionary, StepChange, as_list
from signing.verify.fields import FormField, read_fields
from signing.verify.graph import ObjectGraph
from signing.verify.metadata import info_differs_in_dates_only, metadata_differs_in_dates_only
from signing.verify.proof import look_at_step
from signing.verify.rendering import NOT_RENDERED, RenderedComparison
from signing.verify.report import ModifiedAfter, VisibleChange
from signing.verify.revisions import PdfHistory, Revision
from signing.verify.syntax import PdfObject, Ref, Stream, same_object
from signing.verify.widgets import covers_annotation, is_note, is_visible, shows_nothing

_FILLED_FIELD_KEYS = frozenset({"V", "AP", "AS", "F", "M", "MK", "P"})
_FILLED_FORM_FIELD_KEYS = frozenset({"V", "AP", "AS", "M", "I", "RV"})
_BLANK: tuple[PdfObject, ...] = (None, b"", b"\xfe\xff", "Off", [])
_FORM_KEYS = frozenset({"Fields", "SigFlags"})
_TEXT_KEYS = frozenset({"DA", "DR"})
_HARMLESS_CATALOG_KEYS = frozenset({"Extensions", "Version"})


class ChangeJudge:
    """Judges every step between two revisions once, however many signatures ask."""

    def __init__(self, history: PdfHistory, *, may_render: bool = True) -> None:
        """Bind the judge to one file; without rendering it leaves open what the objects cannot prove."""
        self._history = history
        self._may_render = may_render
        self._rendered: dict[int, RenderedComparison] = {}
        self._graph = ObjectGraph(history)
        self._fields: dict[int, tuple[FormField, ...]] = {}
        self._steps: dict[int, StepChange] = {}

    def fields(self, revision: Revision) -> tuple[FormField, ...]:
        """Give the form fields of a revision."""
        if revision.index not in self._fields:
            self._fields[revision.index] = read_fields(self._history, revision)
        return self._fields[revision.index]

    def changes_since(self, revision: Revision) -> tuple[StepChange, ...]:
        """Give the steps from a signed revision to the newest one."""
        return tuple(self._step(index) for index in range(revision.index + 1, len(self._history.revisions)))

    def rendered(self, index: int) -> RenderedComparison:
        """Compare how revision `index` looks with the one before it, once; the children of strangers' files only."""
        if index not in self._rendered:
            self._rendered[index] = (
                look_at_step(self._history, index, self._step(index)) if self._may_render else NOT_RENDERED
            )
        return self._rendered[index]

    def differences(self) -> tuple[VisibleChange, ...]:
        """Give every page that was found to look different, with the revision that changed it."""
        return tuple(
            VisibleChange(index + 1, page.page_number, page.boxes, page.outside, page.covers_ink)
            for index, one in sorted(self._rendered.items())
            for page in one.differences
        )

    def _step(self, index: int) -> StepChange:
        if index not in self._steps:
            old, new = self._history.revisions[index - 1], self._history.revisions[index]
            step = _Step(self._history, old, new, self.fields(old), self.fields(new), self._graph)
            self._steps[index] = step.judge(self._graph.reached(old))
        return self._steps[index]


class _Step(Comparison):
    """One comparison of two neighbouring revisions."""

    def judge(self, reached: frozenset[int]) -> StepChange:
        """Explain every changed object a reader may meet; what stays unexplained is OTHER."""
        changed = self._changed_numbers()
        self._judge_trailer()
        self._judge_fields()
        self._judge_catalog()
        self._judge_pages(changed & reached)
        for number in sorted((changed & reached) - self._found.explained):
            if not self._explain_single(number):
                self._found.raise_to(ModifiedAfter.OTHER, f"object {number}")
        if not self._found.notes and self._found.level is ModifiedAfter.NONE and self._touches_dss(changed):
            self._found.raise_to(ModifiedAfter.LTA_UPDATE)
        found = self._found
        return StepChange(
            found.level,
            tuple(found.notes),
            frozenset(found.filled),
            adds_visible_field=found.adds_visible_field,
            adds_signature_field=found.adds_signature_field,
            fills_blanks_only=found.fills_blanks_only,
            is_notes_only=found.is_notes_only,
            widgets=frozenset(self._new_widgets | self._filled_widgets | self._new_annotations),
        )

    def _changed_numbers(self) -> frozenset[int]:
        history, old, new = self._history, self._old, self._new
        return frozenset(
            number
            for number, entry in new.updated.items()
            if old.objects.get(number) != entry
            and not same_object(history.fetch(old, number), history.fetch(new, number))
        )

    def _judge_trailer(self) -> None:
        old, new = self._old.trailer, self._new.trailer
        if not same_object(old.get("Info"), new.get("Info")) and not info_differs_in_dates_only(
            self._read_old(old.get("Info")), self._read_new(new.get("Info"))
        ):
            self._found.raise_to(ModifiedAfter.OTHER, "trailer Info")

    # Fields ---------------------------------------------------------------------------------------------

    def _judge_fields(self) -> None:
        before = {form_field.name: form_field for form_field in self._old_fields}
        after = {form_field.name: form_field for form_field in self._new_fields}
        for name, form_field in after.items():
            earlier = before.get(name)
            if earlier is None:
                self._judge_new_field(form_field)
            elif not same_object(self._read_old(earlier.value), self._read_new(form_field.value)):
                self._judge_filled_field(earlier, form_field)
        for name in before.keys() - after.keys():
            self._found.raise_to(ModifiedAfter.OTHER, f"field {name} removed")

    def _judge_new_field(self, form_field: FormField) -> None:
        if form_field.field_type != "Sig" or form_field.number is None:
            self._found.raise_to(ModifiedAfter.OTHER, f"field {form_field.name} added")
            return
        signature = self._read_new(form_field.value)
        shows = any(is_visible(self._history, self._new, number) for number in form_field.widget_numbers)
        self._new_widgets.update(form_field.widget_numbers)
        if not isinstance(signature, dict):
            # An empty field that shows something could cover the page; an invisible one is only a place to sign.
            level = ModifiedAfter.OTHER if shows else ModifiedAfter.SIGNING
            self._found.raise_to(level, f"empty field {form_field.name} added" if shows else "")
            return
        is_timestamp = self._read_new(signature.get("SubFilter")) == "ETSI.RFC3161"
        if is_timestamp and shows:
            self._found.raise_to(ModifiedAfter.OTHER, f"visible time-stamp {form_field.name} added")
        self._found.raise_to(ModifiedAfter.LTA_UPDATE if is_timestamp else ModifiedAfter.SIGNING)
        if shows and (len(form_field.widget_numbers) > 1 or self._covers(form_field)):
            self._found.is_notes_only = False
            self._found.raise_to(ModifiedAfter.ANNOTATION, f"{form_field.name} covers what was there")
        self._found.adds_visible_field |= shows
        self._found.adds_signature_field |= not is_timestamp

    def _covers(self, form_field: FormField) -> bool:
        return covers_annotation(self._history, self._old, self._new, form_field.widget_numbers[0])

    def _judge_filled_field(self, old: FormField, new: FormField) -> None:
        self._found.filled.add(new.name)
        if new.field_type != "Sig" or old.field_type != "Sig":
            self._allow_widget_changes(old, new, _FILLED_FORM_FIELD_KEYS)
            self._allow_appearances(new)
            self._filled_widgets.update(new.widget_numbers)
            self._found.fills_blanks_only &= self._read_old(old.value) in _BLANK and (
                shows_nothing(self._history, self._old, old.widget_numbers) or old.field_type == "Btn"
            )
            self._found.raise_to(ModifiedAfter.FORM_FILL, f"field {new.name} filled")
            return
        signature = self._read_new(new.value)
        if self._read_old(old.value) is not None or not isinstance(signature, dict):
            self._found.raise_to(ModifiedAfter.OTHER, f"signature {new.name} replaced")
            return
        self._allow_widget_changes(old, new, _FILLED_FIELD_KEYS)
        self._filled_widgets.update(new.widget_numbers)
        is_timestamp = self._read_new(signature.get("SubFilter")) == "ETSI.RFC3161"
        self._found.raise_to(ModifiedAfter.LTA_UPDATE if is_timestamp else ModifiedAfter.SIGNING)

    def _allow_widget_changes(self, old: FormField, new: FormField, allowed: frozenset[str]) -> None:
        if old.number != new.number or old.widget_numbers != new.widget_numbers:
            self._found.raise_to(ModifiedAfter.OTHER, f"field {new.name} moved to another object")
            return
        numbers = {*new.widget_numbers, *(() if new.number is None else (new.number,))}
        for number in numbers:
            before, after = self._history.fetch(self._old, number), self._history.fetch(self._new, number)
            if self._only_changed(before, after, allowed):
                self._found.explained.add(number)

    def _allow_appearances(self, form_field: FormField) -> None:
        """Let appearances of a filled field be rewritten in place, if nothing else shows them."""
        for number in form_field.widget_numbers:
            before, after = self._history.fetch(self._old, number), self._history.fetch(self._new, number)
            values = [one.get("AP") for one in (before, after) if isinstance(one, dict)]
            self._found.explained |= self._graph.private_to(number, values, (self._old, self._new))

    # Catalog and form -----------------------------------------------------------------------------------

    def _judge_catalog(self) -> None:
        root = self._new.trailer.get("Root")
        old, new = self._read_old(self._old.trailer.get("Root")), self._read_new(root)
        if not isinstance(old, dict) or not isinstance(new, dict) or not isinstance(root, Ref):
            self._found.raise_to(ModifiedAfter.OTHER, "no catalog")
            return
        self._found.explained.add(root.number)
        handlers: dict[str, Callable[[PdfObject, PdfObject], bool]] = {
            "AcroForm": self._judge_form,
            "DSS": self._judge_dss,
            "Perms": self._judge_permissions,
            "Metadata": self._judge_metadata,
        }
        for key in sorted(old.keys() | new.keys()):
            before, after = old.get(key), new.get(key)
            if key in handlers:
                is_fine = handlers[key](before, after)
            elif key in _HARMLESS_CATALOG_KEYS:
                is_fine = True
                self._found.explained |= self._graph.private_to(root.number, [before, after], (self._old, self._new))
            else:
                is_fine = same_object(before, after)
            if not is_fine:
                self._found.raise_to(ModifiedAfter.OTHER, f"catalog {key}")

    def _judge_form(self, before: PdfObject, after: PdfObject) -> bool:
        old, new = self._read_old(before), self._read_new(after)
        if same_object(old, new) and same_object(before, after):
            fields_old, fields_new = self._form_fields(old, self._read_old), self._form_fields(new, self._read_new)
            return fields_old == fields_new or self._fields_extended(old, new)
        if not isinstance(new, dict) or not (old is None or isinstance(old, dict)):
            return False
        known = old or {}
        for key in known.keys() | new.keys():
            is_allowed = key in _FORM_KEYS or (
                key in _TEXT_KEYS and self._only_adds_fonts(known.get(key), new.get(key))
            )
            if not is_allowed and not same_object(known.get(key), new.get(key)):
                self._found.raise_to(ModifiedAfter.OTHER, f"AcroForm {key}")
        self._explain(before, after)
        return self._fields_extended(old, new)

    def _only_adds_fonts(self, before: PdfObject, after: PdfObject) -> bool:
        """Default fonts mean nothing while no field shows text; with one, or redefined, they could redraw it."""
        if not all(form_field.field_type == "Sig" for form_field in (*self._old_fields, *self._new_fields)):
            return False
        if before is None:
            return True
        old, new = self._read_old(before), self._read_new(after)
        if not isinstance(old, dict) or not isinstance(new, dict):
            return False
        self._explain(before, after)
        return all(self._keeps(old[key], new.get(key)) for key in old)

    def _keeps(self, before: PdfObject, after: PdfObject) -> bool:
        old, new = self._read_old(before), self._read_new(after)
        if isinstance(old, dict) and isinstance(new, dict):
            self._explain(before, after)
            return all(same_object(old[key], new.get(key)) for key in old)
        return self._same_deeply(before, after)

    @staticmethod
    def _form_fields(form: PdfObject, read: Callable[[PdfObject], PdfObject]) -> list[PdfObject]:
        fields = read(form.get("Fields")) if isinstance(form, dict) else None
        return fields if isinstance(fields, list) else []

    def _fields_extended(self, old: PdfObject, new: PdfObject) -> bool:
        """New fields are judged by name; here the list may only grow."""
        before = self._form_fields(old, self._read_old)
        after = self._form_fields(new, self._read_new)
        if isinstance(new, dict) and isinstance(old, dict):
            self._explain(old.get("Fields"), new.get("Fields"))
        return all(any(same_object(item, kept) for kept in after) for item in before)

    def _judge_dss(self, before: PdfObject, after: PdfObject) -> bool:
        # The DSS is outside the graph a reader shows; what it says is judged by whoever uses it.
        if not same_object(before, after):
            self._found.raise_to(ModifiedAfter.LTA_UPDATE)
        return before is None or after is not None

    def _judge_permissions(self, before: PdfObject, after: PdfObject) -> bool:
        old, new = self._read_old(before), self._read_new(after)
        if same_object(old, new):
            return True
        if old is not None or not isinstance(new, dict) or set(new) != {"DocMDP"}:
            return False
        values = {form_field.value_number for form_field in self._new_fields if form_field.field_type == "Sig"}
        target = new["DocMDP"]
        return isinstance(target, Ref) and target.number in values

    def _judge_metadata(self, before: PdfObject, after: PdfObject) -> bool:
        old, new = self._read_old(before), self._read_new(after)
        if same_object(old, new):
            return True
        if not (isinstance(old, Stream) and isinstance(new, Stream) and metadata_differs_in_dates_only(old, new)):
            return False
        self._explain(before, after)
        return True

    # Pages and the rest ---------------------------------------------------------------------------------

    def _judge_pages(self, changed: frozenset[int]) -> None:
        """Let a page gain the widgets of new signature fields in `/Annots`, and nothing else."""
        for number in changed:
            old, new = self._history.fetch(self._old, number), self._history.fetch(self._new, number)
            if isinstance(old, dict) and old.get("Type") == "Page" and isinstance(new, dict):
                if self._only_changed(old, new, frozenset({"Annots", "Resources"})) and self._same_deeply(
                    old.get("Resources"), new.get("Resources")
                ):
                    self._found.explained.add(number)
                    self._judge_annotations(old.get("Annots"), new.get("Annots"))
            elif isinstance(old, list) and isinstance(new, list) and self._is_annotation_list(number):
                self._found.explained.add(number)
                self._judge_annotations(old, new)

    def _is_annotation_list(self, number: int) -> bool:
        pages = (self._history.fetch(self._old, candidate) for candidate in self._old.objects)
        return any(
            isinstance(page, dict) and page.get("Type") == "Page" and page.get("Annots") == Ref(number, 0)
            for page in pages
        )

    def _judge_annotations(self, before: PdfObject, after: PdfObject) -> None:
        old, new = self._read_old(before), self._read_new(after)
        old_items = old if isinstance(old, list) else []
        new_items = new if isinstance(new, list) else []
        if not all(any(same_object(item, kept) for kept in new_items) for item in old_items):
            self._found.raise_to(ModifiedAfter.OTHER, "annotation removed")
        for item in new_items:
            if any(same_object(item, kept) for kept in old_items):
                continue
            if isinstance(item, Ref) and item.number in self._new_widgets:
                continue
            self._found.is_notes_only &= isinstance(item, Ref) and is_note(self._history, self._new, item)
            self._new_annotations |= {item.number} if isinstance(item, Ref) else set()
            self._found.raise_to(ModifiedAfter.ANNOTATION, "annotation added")

    def _explain_single(self, number: int) -> bool:
        """Explain an object that changed alone: document information whose dates moved."""
        old, new = self._history.fetch(self._old, number), self._history.fetch(self._new, number)
        info = self._new.trailer.get("Info")
        if isinstance(info, Ref) and info.number == number:
            return info_differs_in_dates_only(old, new)
        if not isinstance(old, dict) or not isinstance(new, dict):
            return False
        if old.get("Type") == "Pages":
            # iText leaves its version in the root of the page tree.
            return self._only_changed(old, new, frozenset({"ITXT"})) and "ITXT" not in old
        return self._is_structure_growth(old, new)

    def _is_structure_growth(self, old: Dictionary, new: Dictionary) -> bool:
        """A tagged file gains a structure element for each widget; what was tagged before stays as it was."""
        if old.get("Type") == "StructTreeRoot":
            allowed = {"K", "ParentTree", "ParentTreeNextKey"}
        elif old.get("Type") == "StructElem":
            allowed = {"K"}
        else:
            return False
        before, after = as_list(self._read_old(old.get("K"))), as_list(self._read_new(new.get("K")))
        return self._only_changed(old, new, frozenset(allowed)) and same_object(before, after[: len(before)])

    def _touches_dss(self, changed: frozenset[int]) -> bool:
        catalog = self._read_new(self._new.trailer.get("Root"))
        return bool(changed) and isinstance(catalog, dict) and "DSS" in catalog
