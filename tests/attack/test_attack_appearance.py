"""Whatever alters what a reader sees is rejected, or confined to a place that was left open for it and warned about."""

from __future__ import annotations

import pytest

from signing.verify import ModifiedAfter, Verdict, VerificationReport, compare_with_signed, extract_revision, verify_pdf
from signing.verify.rendering import compare_rendering
from signing.verify.syntax import PdfObject, Ref
from tests.attack.foreign import SIGNED_AT
from tests.attack.forge import FORGERIES
from tests.attack.forge_shown import SHOWN
from tests.attack.illustrated import TRUSTED, certified, illustrated
from tests.attack.pdf_surgery import Patient, stream

PASSED = (Verdict.VALID, Verdict.VALID_WITH_WARNING)
FORGED = b"BT /F1 12 Tf 4 6 Td (9 000 000) Tj ET"


def judge(pdf: bytes, *, may_render: bool = True) -> VerificationReport:
    return verify_pdf(pdf, trust=TRUSTED, at=SIGNED_AT, may_render=may_render)


@pytest.fixture(scope="module")
def blank_form() -> bytes:
    return illustrated()


@pytest.fixture(scope="module")
def copy(blank_form: bytes) -> bytes:
    return certified(blank_form, 2)


def fill(
    pdf: bytes, name: str = "Remark", *, drawn: bytes = FORGED, value: PdfObject = b"9 000 000", **changed: PdfObject
) -> bytes:
    """Give a field a value and an appearance, as a viewer does."""
    patient = Patient(pdf)
    number, new = patient.field(name), patient.size
    widget = patient.entries(number)
    appearance = stream(drawn, Type="XObject", Subtype="Form", BBox=[0, 0, 200, 20])
    filled: dict[str, PdfObject] = widget | {"V": value, "AP": {"N": Ref(new, 0)}} | changed
    return patient.append({number: filled, new: appearance})


def annotate(
    pdf: bytes, rect: list[PdfObject], *, drawn: bytes = b"1 1 0 rg 0 0 50 50 re f", **entries: PdfObject
) -> bytes:
    patient = Patient(pdf)
    page, new = patient.pages()[0], patient.size
    old = patient.follow(patient.entries(page).get("Annots"))
    kept = old if isinstance(old, list) else []
    annotation: dict[str, PdfObject] = {
        "Type": "Annot",
        "Subtype": "Stamp",
        "Rect": rect,
        "F": 4,
        "AP": {"N": Ref(new + 1, 0)},
    }
    return patient.append(
        {
            page: patient.entries(page) | {"Annots": [*kept, Ref(new, 0)]},
            new: annotation | entries,
            new + 1: stream(drawn, Type="XObject", Subtype="Form", BBox=[0, 0, 50, 50]),
        }
    )


def test_untouched_file_takes_the_proof_and_is_not_rendered(copy: bytes) -> None:
    report = judge(copy, may_render=False)
    assert report.verdict is Verdict.VALID_WITH_WARNING
    assert report.warnings == ("HIDDEN_CONTENT",)
    assert report.differences == ()


@pytest.mark.slow
def test_every_forgery_that_alters_pixels_is_rejected(copy: bytes) -> None:
    altering = []
    for forgery in (*FORGERIES, *SHOWN):
        if forgery.needs_copy:
            continue
        forged = forgery.make(copy)
        if compare_rendering(copy, forged, pages=None, allowed={}).differences:
            altering.append(forgery.name)
            assert judge(forged).verdict not in PASSED, forgery.name
    assert len(altering) >= 12, altering


@pytest.mark.parametrize("permission", [None, 2, 3])
def test_blank_form_field_may_be_filled_with_a_warning(blank_form: bytes, permission: int | None) -> None:
    report = judge(fill(certified(blank_form, permission)))
    assert report.verdict is Verdict.VALID_WITH_WARNING, report.to_dict()
    assert "FORM_FILLED_AFTER_SIGNING" in report.warnings
    assert report.signatures[0].modified_after is ModifiedAfter.FORM_FILL
    (change,) = report.differences
    assert (change.page_number, change.outside) == (2, ())
    left, bottom, right, top = change.boxes[0]
    assert left < 70 < right
    assert bottom < 310 < top


def test_form_filled_against_no_changes_allowed_is_invalid(blank_form: bytes) -> None:
    assert judge(fill(certified(blank_form, 1))).verdict is Verdict.INVALID


def test_form_that_nobody_could_look_at_is_indeterminate(copy: bytes) -> None:
    report = judge(fill(copy), may_render=False)
    assert report.verdict is Verdict.INDETERMINATE
    assert "APPEARANCE_NOT_COMPARED" in report.reasons


def test_value_that_was_signed_may_not_become_another_without_a_certification() -> None:
    approved = certified(illustrated(text_value=b"1 000"), None)
    assert judge(approved).verdict in PASSED
    assert judge(fill(approved)).verdict is Verdict.INVALID


def test_text_shown_without_a_value_is_not_a_blank(blank_form: bytes) -> None:
    # The shadow: the field has no value, but its appearance said something when it was signed.
    patient = Patient(blank_form)
    number, new = patient.field("Remark"), patient.size
    shadow = patient.append(
        {
            number: patient.entries(number) | {"AP": {"N": Ref(new, 0)}},
            new: stream(b"BT /F1 12 Tf (1 000) Tj ET", Type="XObject", Subtype="Form", BBox=[0, 0, 200, 20]),
        }
    )
    assert judge(fill(certified(shadow, None))).verdict is Verdict.INVALID


def test_appearance_changed_without_a_value_is_invalid(copy: bytes) -> None:
    patient = Patient(copy)
    number, new = patient.field("Remark"), patient.size
    forged = patient.append(
        {
            number: patient.entries(number) | {"AP": {"N": Ref(new, 0)}},
            new: stream(FORGED, Type="XObject", Subtype="Form", BBox=[0, 0, 200, 20]),
        }
    )
    assert judge(forged).verdict is Verdict.INVALID


def test_filled_field_that_moves_over_the_page_is_invalid(copy: bytes) -> None:
    assert judge(fill(copy, Rect=[40, 500, 555, 800])).verdict is Verdict.INVALID


def test_appearance_rewritten_in_place_is_a_filling_when_the_field_alone_shows_it(copy: bytes) -> None:
    patient = Patient(copy)
    number = patient.field("Remark")
    widget = patient.entries(number)
    appearance = patient.follow(widget["AP"])
    assert isinstance(appearance, dict)
    normal = appearance["N"]
    assert isinstance(normal, Ref)
    drawn = stream(FORGED, **{**patient.entries(normal.number), "Length": len(FORGED)})
    filled = patient.append({number: widget | {"V": b"9 000 000"}, normal.number: drawn})
    assert judge(filled).verdict is Verdict.VALID_WITH_WARNING


def test_appearance_rewritten_in_place_that_the_page_shows_too_is_invalid(blank_form: bytes) -> None:
    patient = Patient(blank_form)
    number, page = patient.field("Remark"), patient.pages()[0]
    appearance = patient.follow(patient.entries(number)["AP"])
    assert isinstance(appearance, dict)
    normal = appearance["N"]
    assert isinstance(normal, Ref)
    resources = patient.follow(patient.entries(page)["Resources"])
    assert isinstance(resources, dict)
    shared = patient.append({page: patient.entries(page) | {"Resources": resources | {"XObject": {"Im1": normal}}}})
    signed = Patient(certified(shared, 2))
    drawn = stream(FORGED, **{**signed.entries(normal.number), "Length": len(FORGED)})
    forged = signed.append({number: signed.entries(number) | {"V": b"9"}, normal.number: drawn})
    assert judge(forged).verdict is Verdict.INVALID


def test_check_box_may_be_ticked(copy: bytes) -> None:
    patient = Patient(copy)
    number = patient.field("Agreed")
    ticked = patient.append({number: patient.entries(number) | {"V": "Yes", "AS": "Yes"}})
    assert judge(ticked).verdict is Verdict.VALID_WITH_WARNING
    flipped = patient.append({number: patient.entries(number) | {"AS": "Yes"}})
    assert judge(flipped).verdict is Verdict.INVALID


BLANK_PAPER: list[PdfObject] = [60, 100, 84, 124]
OVER_TEXT: list[PdfObject] = [40, 680, 300, 800]


def test_note_on_blank_paper_stands_where_annotations_are_allowed(blank_form: bytes) -> None:
    report = judge(annotate(certified(blank_form, 3), BLANK_PAPER, Subtype="Text"))
    assert report.verdict is Verdict.VALID_WITH_WARNING
    assert "ANNOTATED_AFTER_SIGNING" in report.warnings


@pytest.mark.parametrize("permission", [None, 1, 2, 3])
def test_remark_over_text_is_invalid_at_every_permission(blank_form: bytes, permission: int | None) -> None:
    signed = certified(blank_form, permission)
    assert judge(annotate(signed, OVER_TEXT)).verdict is Verdict.INVALID
    assert judge(annotate(signed, [60, 740, 84, 764], Subtype="Text")).verdict is Verdict.INVALID


@pytest.mark.parametrize("kind", ["FreeText", "Stamp", "Redact", "Square", "Ink", "Highlight", "Line", "Watermark"])
def test_annotation_that_could_pose_as_the_page_is_invalid_also_on_blank_paper(blank_form: bytes, kind: str) -> None:
    # The "evil annotation" attack: what a certification of P=3 allows, made to look like what was certified.
    assert judge(annotate(certified(blank_form, 3), BLANK_PAPER, Subtype=kind)).verdict is Verdict.INVALID


def test_note_as_large_as_a_paragraph_is_invalid(blank_form: bytes) -> None:
    assert judge(annotate(certified(blank_form, 3), [60, 100, 300, 200], Subtype="Text")).verdict is Verdict.INVALID


@pytest.mark.parametrize("permission", [None, 1, 2])
def test_remark_is_invalid_where_remarks_are_not_allowed(blank_form: bytes, permission: int | None) -> None:
    assert judge(annotate(certified(blank_form, permission), BLANK_PAPER, Subtype="Text")).verdict is Verdict.INVALID


@pytest.mark.parametrize(
    "entries",
    [
        {"A": {"S": "Launch"}},
        {"AA": {}},
        {"Subtype": "Link"},
        {"Subtype": "Widget"},
        {"Subtype": "Screen"},
        {"FT": "Tx"},
    ],
    ids=str,
)
def test_annotation_that_is_no_remark_is_invalid(blank_form: bytes, entries: dict[str, PdfObject]) -> None:
    assert judge(annotate(certified(blank_form, 3), BLANK_PAPER, **entries)).verdict is Verdict.INVALID


def test_signed_and_shown_are_given_side_by_side(copy: bytes) -> None:
    forged = annotate(copy, OVER_TEXT)
    found = compare_with_signed(forged, "Officer")
    (page,) = found.pages
    assert found.is_complete
    assert (page.page_number, page.covers_ink) == (1, True)
    assert page.outside == page.boxes
    assert page.before_jpeg[:3] == page.after_jpeg[:3] == b"\xff\xd8\xff"
    assert page.before_jpeg != page.after_jpeg
    left, bottom, right, top = page.boxes[0]
    assert (left <= 45, bottom <= 690, right >= 290, top >= 790) == (True,) * 4


def test_extracted_original_shows_what_was_signed(copy: bytes) -> None:
    original = extract_revision(annotate(copy, OVER_TEXT), "Officer")
    assert original == copy
    assert compare_rendering(original, copy, pages=None, allowed={}).differences == ()
