"""The acts of commands done in the home of this machine, told as the API tells them."""

from __future__ import annotations

from typing import BinaryIO

from pydantic import BaseModel

from api.access import Principal, Role
from api.acts import citizen, packages, procedures, recipient, staff, taking_along
from api.acts.proofs import proof_of_code
from api.acts.register import register
from api.cli.target import Row
from api.errors import RequestInvalid
from api.routes.mandates import mandate_told
from api.routes.office_told import draft_row
from api.routes.packages_told import bytes_sent, marks_told, own_certificate, question_told
from api.routes.procedures_told import import_told, match_told, procedure_told
from api.routes.vaults_told import (
    consent_told,
    history_told,
    record_told,
    share_fields,
    share_told,
    submission_told,
)
from api.schemas.office import RegisterRowTold
from api.schemas.packages import PackageCertificate, PackageSignature
from api.schemas.vaults import NewShareTold
from api.services import Services
from dossiers import Answer
from guard import write_payload
from vault import parse_code
from vault.mandates import list_mandates_of_vault

_MOST: int = 100_000


class HereDesk:
    """Acts as whoever stands at the machine's console; the log and the events say so and no more."""

    def __init__(self, services: Services) -> None:
        """Act on open services."""
        self._services = services

    def papers(self, holder_id: str | None) -> list[Row]:
        """The papers of a vault, newest first."""
        return [_row(record_told(one)) for one in citizen.wallet(self._services, holder_of(holder_id)).records]

    def write_paper(self, holder_id: str | None, record_id: str, target: BinaryIO) -> None:
        """Write the newest signed file of a paper into an open file."""
        with self._services.spool.room() as room:
            write_payload(citizen.record_pdf(self._services, holder_of(holder_id), record_id, room=room), target)

    def write_export(self, holder_id: str | None, target: BinaryIO) -> None:
        """Write everything a vault holds and knows into an open file."""
        taking_along.write_export(self._services, holder_of(holder_id), target)

    def erase(self, holder_id: str | None, record_ids: list[str]) -> list[str]:
        """Erase papers for ever."""
        return list(taking_along.erase(self._services, holder_of(holder_id), tuple(record_ids)))

    def representatives(self, holder_id: str | None) -> list[Row]:
        """Who may act for a vault, and who might before."""
        with self._services.database.read() as tx:
            found = list_mandates_of_vault(tx, holder_of(holder_id).holder_id)
        return [_row(mandate_told(one)) for one in found]

    def import_procedures(self, content: bytes, *, is_csv: bool, keep: bool) -> Row:
        """Check a file of procedures, and take it in."""
        report = procedures.import_procedures(self._services, reader_of(""), content, is_csv=is_csv, keep=keep)
        return _row(import_told(report, kept=keep))

    def proof(self, code: str) -> bytes:
        """The proof that the public log holds the copy of a code."""
        self._services.publish_log()
        return proof_of_code(self._services, parse_code(code))

    def history(self, holder_id: str | None) -> list[Row]:
        """Who looked, newest first."""
        return [_row(history_told(one)) for one in citizen.history(self._services, holder_of(holder_id), limit=_MOST)]

    def shares(self, holder_id: str | None) -> list[Row]:
        """The links of a holder, newest first."""
        who = holder_of(holder_id)
        answers = citizen.share_answers(self._services, who)
        return [_row(share_told(one, answers.get(one.share_id))) for one in citizen.shares(self._services, who)]

    def close_share(self, holder_id: str | None, share_id: str) -> None:
        """Take a link back."""
        citizen.close_share(self._services, holder_of(holder_id), share_id)

    def share(self, holder_id: str | None, asked: Row) -> Row:
        """Make a link to one paper."""
        made = citizen.share(self._services, holder_of(holder_id), citizen.ShareForm(**asked))
        return _row(NewShareTold(**share_fields(made.share), link=made.link))

    def consents(self, holder_id: str | None) -> list[Row]:
        """The consents of a holder, newest first."""
        return [_row(consent_told(one)) for one in citizen.consents(self._services, holder_of(holder_id))]

    def withdraw_consent(self, holder_id: str | None, consent_id: str) -> Row:
        """Withdraw a consent."""
        return _row(consent_told(citizen.take_back_consent(self._services, holder_of(holder_id), consent_id)))

    def procedures(self) -> list[Row]:
        """The procedures in force."""
        return [_row(procedure_told(one)) for one in procedures.procedures(self._services)]

    def match(self, holder_id: str | None, procedure_id: str) -> Row:
        """A procedure with what the vault has for it."""
        return _row(match_told(procedures.view_procedure(self._services, holder_of(holder_id), procedure_id)))

    def submissions(self, holder_id: str | None) -> list[Row]:
        """The dossiers of a holder, newest first."""
        found = citizen.submissions(self._services, holder_of(holder_id))
        return [_row(submission_told(one, with_package=False)) for one in found]

    def submit(self, holder_id: str | None, asked: Row) -> Row:
        """File a dossier."""
        form = citizen.FilingForm(
            procedure_id=asked["procedure_id"],
            chosen=asked["chosen"],
            brought_in_person=frozenset(asked["brought_in_person"]),
            has_consented=asked["consent"],
        )
        return _row(submission_told(citizen.file_dossier(self._services, holder_of(holder_id), form)))

    def received(self, agency: str | None) -> list[Row]:
        """The dossiers filed with an agency, newest first."""
        found = recipient.received(self._services, reader_of(agency))
        return [_row(submission_told(one, with_package=False)) for one in found]

    def received_one(self, agency: str | None, submission_id: str) -> Row:
        """One dossier filed with an agency."""
        who = reader_of(agency)
        submission, steps = recipient.view_received(self._services, who, submission_id)
        standing = recipient.standing_received(self._services, who, submission_id)
        return _row(submission_told(submission, steps=steps, standing=standing))

    def write_item(self, agency: str | None, submission_id: str, requirement_id: str, target: BinaryIO) -> None:
        """Fetch one paper of a dossier by its reference, into an open file."""
        with self._services.spool.room() as room:
            paper = recipient.fetch_paper(
                self._services, reader_of(agency), submission_id, requirement_id=requirement_id, room=room
            )
            write_payload(paper.content, target)

    def answer_item(self, agency: str | None, submission_id: str, requirement_id: str, asked: Row) -> Row:
        """Accept or reject one item."""
        who = reader_of(agency)
        seen, _steps = recipient.view_received(self._services, who, submission_id)
        answered = recipient.answer(
            self._services,
            who,
            submission_id,
            requirement_id=requirement_id,
            decision=Answer(asked["answer"]),
            reason=asked["reason"],
            expected_version=seen.version,
        )
        return _row(submission_told(answered))

    def write_package(self, holder_id: str | None, submission_id: str, target: BinaryIO) -> None:
        """Write the package of an own dossier by copy into an open file."""
        with self._services.spool.room() as room:
            packages.write_own_package(self._services, holder_of(holder_id), submission_id, target, room=room)

    def write_received_package(self, agency: str | None, submission_id: str, target: BinaryIO) -> None:
        """Write the package of a received dossier by copy into an open file."""
        with self._services.spool.room() as room:
            packages.write_received_package(self._services, reader_of(agency), submission_id, target, room=room)

    def ask_package_signature(self, holder_id: str | None, submission_id: str, own: Row) -> Row:
        """What the applicant's key has to sign."""
        certificate = own_certificate(PackageCertificate.model_validate(own))
        question = packages.ask_signature(self._services, holder_of(holder_id), submission_id, certificate)
        return _row(question_told(question))

    def keep_package_signature(self, holder_id: str | None, submission_id: str, asked: Row) -> Row:
        """Keep the applicant's signature."""
        form = PackageSignature.model_validate(asked)
        marks = packages.keep_signature(
            self._services,
            holder_of(holder_id),
            submission_id,
            own_certificate(form),
            signature=bytes_sent(form.signature, "signature"),
            signing_time=form.signing_time,
        )
        return _row(marks_told(marks))

    def register(self, agency: str | None) -> tuple[str, list[Row]]:
        """The open book of an agency: its name and its lines."""
        page = register(self._services, reader_of(agency))
        names = RegisterRowTold.model_fields
        return page.display, [{name: getattr(row, name) for name in names} for row in page.rows]

    def originals(self, agency: str | None) -> list[Row]:
        """The originals of an agency, oldest first."""
        return [_row(draft_row(one)) for one in staff.originals(self._services, reader_of(agency), limit=_MOST)]


def _row(told: BaseModel) -> Row:
    return told.model_dump(mode="json")


def holder_of(holder_id: str | None) -> Principal:
    """Give who acts at this machine for a vault.

    Raises:
        RequestInvalid: no holder is named.
    """
    if holder_id is None:
        raise RequestInvalid("say whose vault: give the id of the holder", field="holder_id")
    return Principal(None, frozenset({Role.CITIZEN}), holder_id)


def reader_of(code: str | None) -> Principal:
    """Give who reads at this machine for an agency: its auditor, by the command line.

    Raises:
        RequestInvalid: no agency is named.
    """
    if code is None:
        raise RequestInvalid("say which agency: give its code", field="agency")
    return Principal(None, frozenset({Role.AUDITOR}), "command-line", code)
