"""The citizen's door, and that of the agency that receives: papers, links, consents, dossiers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from api.client.answers import Received, Versioned, every, file_of, object_of, versioned
from api.client.values.vaults import (
    Consent,
    ConsentList,
    History,
    HistoryList,
    Match,
    NewShare,
    Procedure,
    ProcedureList,
    Record,
    RecordList,
    Share,
    ShareList,
    Submission,
    SubmissionList,
)
from api.client.wire import Call, Wire, new_key


class Vault:
    """What a holder does with the own papers."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def records(self) -> Iterator[Record]:
        """Give the holder's papers, newest first."""
        return every(self._wire, "/v1/records", RecordList, lambda page: page.items)

    def record(self, record_id: str) -> Record:
        """Give one paper."""
        return object_of(self._wire.send(Call("GET", f"/v1/records/{record_id}")), Record)

    def file(self, record_id: str) -> Received:
        """Give the newest signed file, byte for byte as it was sealed."""
        return file_of(self._wire.send(Call("GET", f"/v1/records/{record_id}/file")))

    def proof(self, record_id: str) -> Received:
        """Give the proof that the public log holds a copy; `vidimus audit verify` reads it."""
        return file_of(self._wire.send(Call("GET", f"/v1/records/{record_id}/proof")))

    def history(self) -> Iterator[History]:
        """Give who looked, when, why and with what outcome, newest first."""
        return every(self._wire, "/v1/history", HistoryList, lambda page: page.items)

    def share(
        self,
        record_id: str,
        *,
        purpose: str,
        recipient: str,
        days: int = 7,
        max_views: int = 10,
        passcode: str | None = None,
        download: bool = False,
        recipient_agency: str | None = None,
        key: str | None = None,
    ) -> NewShare:
        """Make a link to one paper; its secret is told once."""
        asked: dict[str, object] = {"record_id": record_id, "purpose": purpose, "recipient": recipient, "days": days}
        asked |= {"max_views": max_views, "download": download, "recipient_agency": recipient_agency}
        if passcode is not None:
            asked["passcode"] = passcode
        return object_of(self._wire.send(Call("POST", "/v1/shares", json=asked, key=key or new_key())), NewShare)

    def shares(self) -> Iterator[Share]:
        """Give the holder's links, newest first."""
        return every(self._wire, "/v1/shares", ShareList, lambda page: page.items)

    def close_share(self, share_id: str) -> None:
        """Take a link back; the next look is refused."""
        self._wire.send(Call("DELETE", f"/v1/shares/{share_id}"))

    def consents(self) -> Iterator[Consent]:
        """Give what the holder agreed to, newest first."""
        return every(self._wire, "/v1/consents", ConsentList, lambda page: page.items)

    def withdraw_consent(self, consent_id: str) -> Consent:
        """Withdraw a consent: later fetches are refused."""
        return object_of(self._wire.send(Call("DELETE", f"/v1/consents/{consent_id}")), Consent)

    def procedures(self) -> tuple[Procedure, ...]:
        """Give the procedures in force."""
        return object_of(self._wire.send(Call("GET", "/v1/procedures")), ProcedureList).items

    def match(self, procedure_id: str) -> Match:
        """Match a procedure with the vault, with reasons; nothing is sent."""
        return object_of(self._wire.send(Call("GET", f"/v1/procedures/{procedure_id}/match")), Match)

    def submit(
        self,
        procedure_id: str,
        *,
        chosen: Mapping[str, str],
        consent: bool,
        brought_in_person: Sequence[str] = (),
        key: str | None = None,
    ) -> Submission:
        """File a dossier: which record for which requirement; `consent` is the holder's own word."""
        asked = {
            "procedure_id": procedure_id,
            "chosen": dict(chosen),
            "brought_in_person": list(brought_in_person),
            "consent": consent,
        }
        call = Call("POST", "/v1/submissions", json=asked, key=key or new_key())
        return object_of(self._wire.send(call), Submission)

    def submissions(self) -> Iterator[Submission]:
        """Give the holder's dossiers, newest first."""
        return every(self._wire, "/v1/submissions", SubmissionList, lambda page: page.items)

    def submission(self, submission_id: str) -> Versioned[Submission]:
        """Give one dossier with its steps and its signed package."""
        return versioned(self._wire.send(Call("GET", f"/v1/submissions/{submission_id}")), Submission)


class Reception:
    """What the staff of a receiving agency do with a dossier."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def dossiers(self) -> Iterator[Submission]:
        """Give the dossiers filed with the agency, newest first."""
        return every(self._wire, "/v1/received", SubmissionList, lambda page: page.items)

    def dossier(self, submission_id: str) -> Versioned[Submission]:
        """Give one dossier with its steps and its signed package."""
        return versioned(self._wire.send(Call("GET", f"/v1/received/{submission_id}")), Submission)

    def fetch(self, submission_id: str, requirement_id: str) -> Received:
        """Fetch one paper by its reference; the holder sees each fetch. Sent once: a second one is a second fetch."""
        return file_of(self._wire.send(Call("POST", f"/v1/received/{submission_id}/items/{requirement_id}/fetch")))

    def package(self, submission_id: str) -> Received:
        """Fetch a dossier by copy as one ASiC-E file; the holder sees each paper that is in it."""
        return file_of(self._wire.send(Call("POST", f"/v1/received/{submission_id}/package")))

    def answer(
        self, dossier: Versioned[Submission], requirement_id: str, *, answer: str, reason: str = ""
    ) -> Versioned[Submission]:
        """Accept (`ACCEPTED`) or reject (`REJECTED`, with a reason) one item."""
        path = f"/v1/received/{dossier.value.submission_id}/items/{requirement_id}/answer"
        told = {"answer": answer, "reason": reason}
        response = self._wire.send(Call("POST", path, json=told, headers={"If-Match": dossier.etag}))
        return versioned(response, Submission)

    def move_on(self, dossier: Versioned[Submission], *, step: str) -> Versioned[Submission]:
        """Move a dossier one of the five steps on."""
        path = f"/v1/received/{dossier.value.submission_id}/step"
        response = self._wire.send(Call("POST", path, json={"step": step}, headers={"If-Match": dossier.etag}))
        return versioned(response, Submission)
