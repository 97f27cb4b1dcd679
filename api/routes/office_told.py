"""Turns what the office knows into what goes over the wire."""

from __future__ import annotations

from api.acts.operations import Operation, OperationKind, OperationStatus
from api.acts.staff import ItemView
from api.errors import PrepareStopped
from api.messages import Messages
from api.problems import as_code, kind_of
from api.schemas.office import (
    DraftRow,
    DraftTold,
    FieldTold,
    OperationTold,
    PageTold,
    PersonTold,
    QualityReasonTold,
    ReadyTold,
)
from api.schemas.wire import Problem
from certify import Item, LawPack, ReadyCopy
from ocr import QualityReason, ReadPage, ScanRefused
from vault import format_code


def draft_row(item: Item, *, register_number: str | None = None) -> DraftRow:
    """An item as a line of the queue."""
    return DraftRow(
        item_id=item.item_id,
        case_id=item.case_id,
        state=item.state.value,
        version=item.version,
        doc_type=item.doc_type,
        copies=item.copies,
        pages=item.page_count,
        quality=item.quality_verdict,
        problem_code=item.problem_code,
        warnings=list(item.warnings),
        register_number=register_number,
        record_id=item.record_id,
    )


def draft_told(view: ItemView, *, messages: Messages, language: str, law: LawPack) -> DraftTold:
    """An item with everything that is known of it."""
    row = draft_row(view.item, register_number=view.number)
    holder = PersonTold(
        holder_id=view.case.holder_id,
        name=view.holder.name,
        number_last4=view.holder.number[-4:],
        birth_date=view.holder.birth_date.isoformat() if view.holder.birth_date else None,
    )
    read = view.pages.pages if view.pages else ()
    return DraftTold(
        **row.model_dump(),
        holder=holder,
        read=[_page(page, messages, language) for page in read],
        fields=[
            FieldTold(
                name=field.name,
                value=field.value,
                page=field.page_index + 1,
                box=[round(side, 1) for side in field.box_px],
                confidence=round(field.confidence, 1),
                checks=[check.value for check in field.checks],
            )
            for field in view.fields
        ],
        ready=ready_told(view.ready, law=law) if view.ready else None,
    )


def ready_told(ready: ReadyCopy, *, law: LawPack) -> ReadyTold:
    """A ready copy with what its approval must name."""
    return ReadyTold(
        ready_id=ready.ready_id,
        item_id=ready.item_id,
        sha256=ready.sha256_hex or "",
        pages=ready.page_count or 0,
        register_number=ready.number.display_no,
        code=format_code(ready.code),
        expires_at=ready.expires_at,
        checklist=[line.code for line in law.in_force(ready.reserved_at).checklist],
    )


def operation_told(
    operation: Operation, *, messages: Messages, language: str, code_of_copy: str | None = None
) -> OperationTold:
    """An operation, with its refusal in the reader's language when it has one."""
    return OperationTold(
        operation_id=operation.operation_id,
        kind=operation.kind.value,
        status=operation.status.value,
        item_id=operation.item.item_id,
        item_state=operation.item.state.value,
        step=operation.step,
        pages_done=operation.pages_done,
        pages_total=operation.pages_total,
        code=as_code(operation.code) if operation.code else None,
        problem=_problem(operation, messages, language),
        seconds_by_stage={step: round(took, 3) for step, took in operation.seconds_by_step},
        record_id=operation.item.record_id if operation.status is OperationStatus.DONE else None,
        code_of_copy=format_code(code_of_copy) if code_of_copy else None,
    )


def _problem(operation: Operation, messages: Messages, language: str) -> Problem | None:
    if operation.status is not OperationStatus.FAILED or operation.code is None:
        return None
    code = as_code(operation.code)
    kind = kind_of(ScanRefused if operation.kind is OperationKind.READ else PrepareStopped)
    own_words = f"reason.{code}"
    return Problem(
        type=f"urn:vidimus:problem:{code.lower().replace('_', '-')}",
        title=messages.text(f"problem.{kind.message}.title", language),
        status=kind.status,
        detail=messages.text(own_words if messages.has(own_words) else f"problem.{kind.message}.detail", language),
        code=code,
        reason=code,
    )


def _page(page: ReadPage, messages: Messages, language: str) -> PageTold:
    return PageTold(
        number=page.page_index + 1,
        quarter_turns=page.quarter_turns,
        skew_degrees=round(page.skew_degrees, 2),
        dpi=round(page.dpi, 1),
        words=len(page.words),
        mean_confidence=round(page.quality.mean_confidence, 1),
        low_share=round(page.quality.low_share, 3),
        quality=page.quality.verdict.value,
        reasons=[_reason(reason, messages, language) for reason in page.quality.reasons],
    )


def _reason(reason: QualityReason, messages: Messages, language: str) -> QualityReasonTold:
    key = f"reason.{reason.code.value}"
    return QualityReasonTold(
        code=reason.code.value,
        verdict=reason.verdict.value,
        detail=reason.detail,
        text=messages.text(key, language),
    )
