"""The staff door: take an original in, look at it, prepare, approve or refuse; the register."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Sequence
from pathlib import Path

from api.client.answers import Received, Versioned, every, file_of, object_of, versioned
from api.client.values.office import Batch, Draft, DraftList, DraftRow, Operation, Ready, Refusal, Register
from api.client.wire import Call, Upload, Wire, new_key


class Office:
    """What clerks and certifiers do."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def take_in(
        self,
        scans: Path | Upload | Sequence[Path | Upload],
        *,
        holder_number: str,
        doc_type: str,
        copies: int = 1,
        holder_name: str | None = None,
        holder_birth_date: str | None = None,
        key: str | None = None,
    ) -> Operation:
        """Hand the scan of one original in (several files are joined in their order); the operation reads it."""
        form = {"holder_number": holder_number, "doc_type": doc_type, "copies": str(copies)}
        if holder_name is not None:
            form["holder_name"] = holder_name
        if holder_birth_date is not None:
            form["holder_birth_date"] = holder_birth_date
        call = Call("POST", "/v1/drafts", form=form, files=_uploads(scans), key=key or new_key())
        return object_of(self._wire.send(call), Operation)

    def scan_again(
        self, item_id: str, scans: Path | Upload | Sequence[Path | Upload], *, key: str | None = None
    ) -> Operation:
        """Give a better scan for an original whose scan was refused."""
        call = Call("POST", f"/v1/drafts/{item_id}/scan", files=_uploads(scans), key=key or new_key())
        return object_of(self._wire.send(call), Operation)

    def drafts(self) -> Iterator[DraftRow]:
        """Give the agency's originals, oldest first."""
        return every(self._wire, "/v1/drafts", DraftList, lambda page: page.items)

    def draft(self, item_id: str) -> Versioned[Draft]:
        """Give one original with its quality, its fields and its holder."""
        return versioned(self._wire.send(Call("GET", f"/v1/drafts/{item_id}")), Draft)

    def page_image(self, item_id: str, page_number: int) -> Received:
        """Give a page of the scan, upright."""
        return file_of(self._wire.send(Call("GET", f"/v1/drafts/{item_id}/pages/{page_number}")))

    def preview(self, item_id: str) -> Received:
        """Give the copy as it would look, with blanks for number and code."""
        return file_of(self._wire.send(Call("GET", f"/v1/drafts/{item_id}/preview")))

    def prepare(
        self, draft: Versioned[Draft], *, pages_compared: int, relation: str | None = None, key: str | None = None
    ) -> Versioned[Ready]:
        """Say that every page was compared with the paper; takes a number and fixes the bytes to approve.

        A paper that speaks of somebody else than the holder needs the `relation` of the two, a code of the counter's lists.

        Raises:
            Refused: `PRECONDITION_FAILED` when somebody changed the draft since it was read.
        """
        call = Call(
            "POST",
            f"/v1/drafts/{draft.value.item_id}/prepare",
            json={"pages_compared": pages_compared} | ({"relation": relation} if relation else {}),
            headers={"If-Match": draft.etag},
            key=key or new_key(),
        )
        return versioned(self._wire.send(call), Ready)

    def ready(self, item_id: str) -> Versioned[Ready]:
        """Give the ready copy that waits for approval."""
        return versioned(self._wire.send(Call("GET", f"/v1/drafts/{item_id}/ready")), Ready)

    def ready_file(self, item_id: str) -> Received:
        """Give exactly the bytes that are to be approved: show them, and approve their SHA-256."""
        return file_of(self._wire.send(Call("GET", f"/v1/drafts/{item_id}/ready/file")))

    def cancel_number(self, ready: Versioned[Ready]) -> None:
        """Give the reserved number up; it is void with its reason."""
        path = f"/v1/drafts/{ready.value.item_id}/number"
        self._wire.send(Call("DELETE", path, headers={"If-Match": ready.etag}))

    def refuse(self, draft: Versioned[Draft], *, code: str, free_text: str = "", key: str | None = None) -> Refusal:
        """Refuse with a reason of the closed list; gives the notice for the person in three languages."""
        call = Call(
            "POST",
            f"/v1/drafts/{draft.value.item_id}/refusal",
            json={"code": code, "free_text": free_text},
            headers={"If-Match": draft.etag},
            key=key or new_key(),
        )
        return object_of(self._wire.send(call), Refusal)

    def approve(
        self, item_id: str, *, sha256_hex: str, checklist: Sequence[str], pin: str, key: str | None = None
    ) -> Operation:
        """Approve exactly the bytes of this digest with the officer's PIN; the operation certifies them."""
        approval = {"item_id": item_id, "sha256": sha256_hex, "checklist": list(checklist), "pin": pin}
        call = Call("POST", "/v1/approvals", json=approval, key=key or new_key())
        return object_of(self._wire.send(call), Operation)

    def approve_batch(
        self, copies: Sequence[tuple[str, str]], *, checklist: Sequence[str], pin: str, key: str | None = None
    ) -> Batch:
        """Approve several (item id, SHA-256) at once; each line is told by itself."""
        lines = [{"item_id": item_id, "sha256": digest} for item_id, digest in copies]
        asked = {"items": lines, "checklist": list(checklist), "pin": pin}
        call = Call("POST", "/v1/approvals/batch", json=asked, key=key or new_key())
        return object_of(self._wire.send(call), Batch)

    def register(self, *, cursor: str | None = None, limit: int = 100) -> Register:
        """Give lines of the open book."""
        call = Call("GET", "/v1/register", query={"cursor": cursor, "limit": limit})
        return object_of(self._wire.send(call), Register)

    def register_csv(self) -> bytes:
        """Give the whole open book as a table."""
        return self._wire.send(Call("GET", "/v1/register", headers={"Accept": "text/csv"})).content

    def copy_file(self, code: str, *, reason: str | None = None, case_id: str | None = None) -> Received:
        """Give a certified copy to the agency that made it, for a reason or a case; the holder sees who looked and why."""
        query = {"reason": reason, "case_id": case_id}
        return file_of(self._wire.send(Call("GET", f"/v1/copies/{code}/file", query=query)))


def _uploads(scans: Path | Upload | Sequence[Path | Upload]) -> tuple[Upload, ...]:
    several = [scans] if isinstance(scans, Path | Upload) else scans
    return tuple(one if isinstance(one, Upload) else upload_of(one) for one in several)


def upload_of(path: Path) -> Upload:
    """A file of this machine, sent from where it lies."""
    return Upload(path.name, path, mimetypes.guess_type(path.name)[0] or "application/octet-stream")
