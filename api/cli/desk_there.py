"""The acts of commands done at a Vidimus elsewhere, by its API."""

from __future__ import annotations

from typing import BinaryIO

from api.cli.target import Row
from api.client import Vidimus, new_key
from api.errors import NotFound, RequestInvalid
from dossiers import CatalogueInvalid
from vault import parse_code


class ThereDesk:
    """Acts as the owner of a token."""

    def __init__(self, client: Vidimus) -> None:
        """Act by a connection that is open."""
        self._client = client

    def papers(self, holder_id: str | None) -> list[Row]:
        """The papers of a vault, newest first."""
        _only_own(holder_id, field="holder_id")
        return self._list("/v1/records")

    def write_paper(self, holder_id: str | None, record_id: str, target: BinaryIO) -> None:
        """Write the newest signed file of a paper into an open file."""
        _only_own(holder_id, field="holder_id")
        target.write(self._client.vault.file(record_id).content)

    def write_export(self, holder_id: str | None, target: BinaryIO) -> None:
        """Write everything one's own vault holds and knows into an open file."""
        _only_own(holder_id, field="holder_id")
        target.write(self._client.file("/v1/export").content)

    def erase(self, holder_id: str | None, record_ids: list[str]) -> list[str]:
        """Erase own papers for ever."""
        _only_own(holder_id, field="holder_id")
        asked = {"record_ids": record_ids, "confirm": "ERASE"}
        erased: list[str] = self._client.ask("POST", "/v1/erasure", json=asked)["record_ids"]
        return erased

    def representatives(self, holder_id: str | None) -> list[Row]:
        """Who may act for one's own vault, and who might before."""
        _only_own(holder_id, field="holder_id")
        found: list[Row] = self._client.ask("GET", "/v1/representatives")["items"]
        return found

    def import_procedures(self, content: bytes, *, is_csv: bool, keep: bool) -> Row:
        """Check a file of procedures, and take it in."""
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as exc:
            raise CatalogueInvalid("a file of procedures is text in UTF-8") from exc
        asked = {"form": "CSV" if is_csv else "JSON", "content": text, "keep": keep}
        told: Row = self._client.ask("POST", "/v1/procedures/imports", json=asked)
        return told

    def proof(self, code: str) -> bytes:
        """The proof that the public log holds the copy of a code, which is one of the own papers."""
        plain = parse_code(code)
        for paper in self._client.vault.records():
            if paper.code and paper.code.replace("-", "") == plain:
                return self._client.vault.proof(paper.record_id).content
        raise NotFound(f"no paper in this vault has the code {code}")

    def history(self, holder_id: str | None) -> list[Row]:
        """Who looked, newest first."""
        _only_own(holder_id, field="holder_id")
        return self._list("/v1/history")

    def shares(self, holder_id: str | None) -> list[Row]:
        """The links of a holder, newest first."""
        _only_own(holder_id, field="holder_id")
        return self._list("/v1/shares")

    def close_share(self, holder_id: str | None, share_id: str) -> None:
        """Take a link back."""
        _only_own(holder_id, field="holder_id")
        self._client.vault.close_share(share_id)

    def share(self, holder_id: str | None, asked: Row) -> Row:
        """Make a link to one paper."""
        _only_own(holder_id, field="holder_id")
        made: Row = self._client.ask("POST", "/v1/shares", json=asked, key=new_key())
        return made

    def consents(self, holder_id: str | None) -> list[Row]:
        """The consents of a holder, newest first."""
        _only_own(holder_id, field="holder_id")
        return self._list("/v1/consents")

    def withdraw_consent(self, holder_id: str | None, consent_id: str) -> Row:
        """Withdraw a consent."""
        _only_own(holder_id, field="holder_id")
        found: Row = self._client.ask("DELETE", f"/v1/consents/{consent_id}")
        return found

    def procedures(self) -> list[Row]:
        """The procedures in force."""
        found: list[Row] = self._client.ask("GET", "/v1/procedures")["items"]
        return found

    def match(self, holder_id: str | None, procedure_id: str) -> Row:
        """A procedure with what the vault has for it."""
        _only_own(holder_id, field="holder_id")
        found: Row = self._client.ask("GET", f"/v1/procedures/{procedure_id}/match")
        return found

    def submissions(self, holder_id: str | None) -> list[Row]:
        """The dossiers of a holder, newest first."""
        _only_own(holder_id, field="holder_id")
        return self._list("/v1/submissions")

    def submit(self, holder_id: str | None, asked: Row) -> Row:
        """File a dossier."""
        _only_own(holder_id, field="holder_id")
        filed: Row = self._client.ask("POST", "/v1/submissions", json=asked, key=new_key())
        return filed

    def received(self, agency: str | None) -> list[Row]:
        """The dossiers filed with an agency, newest first."""
        _only_own(agency, field="agency")
        return self._list("/v1/received")

    def received_one(self, agency: str | None, submission_id: str) -> Row:
        """One dossier filed with an agency."""
        _only_own(agency, field="agency")
        found: Row = self._client.ask("GET", f"/v1/received/{submission_id}")
        return found

    def write_item(self, agency: str | None, submission_id: str, requirement_id: str, target: BinaryIO) -> None:
        """Fetch one paper of a dossier by its reference, into an open file."""
        _only_own(agency, field="agency")
        target.write(self._client.reception.fetch(submission_id, requirement_id).content)

    def answer_item(self, agency: str | None, submission_id: str, requirement_id: str, asked: Row) -> Row:
        """Accept or reject one item."""
        _only_own(agency, field="agency")
        path = f"/v1/received/{submission_id}"
        answered: Row = self._client.ask(
            "POST", f"{path}/items/{requirement_id}/answer", json=asked, if_match=self._client.look(path).etag
        )
        return answered

    def write_package(self, holder_id: str | None, submission_id: str, target: BinaryIO) -> None:
        """Write the package of an own dossier by copy into an open file."""
        _only_own(holder_id, field="holder_id")
        target.write(self._client.file(f"/v1/submissions/{submission_id}/package").content)

    def write_received_package(self, agency: str | None, submission_id: str, target: BinaryIO) -> None:
        """Write the package of a received dossier by copy into an open file."""
        _only_own(agency, field="agency")
        target.write(self._client.reception.package(submission_id).content)

    def ask_package_signature(self, holder_id: str | None, submission_id: str, own: Row) -> Row:
        """What the applicant's key has to sign."""
        _only_own(holder_id, field="holder_id")
        path = f"/v1/submissions/{submission_id}/package/signature-question"
        question: Row = self._client.ask("POST", path, json=own)
        return question

    def keep_package_signature(self, holder_id: str | None, submission_id: str, asked: Row) -> Row:
        """Keep the applicant's signature."""
        _only_own(holder_id, field="holder_id")
        marks: Row = self._client.ask("POST", f"/v1/submissions/{submission_id}/package/signature", json=asked)
        return marks

    def register(self, agency: str | None) -> tuple[str, list[Row]]:
        """The open book of an agency: its name and its lines."""
        _only_own(agency, field="agency")
        book, rows, cursor = "", [], None
        while True:
            page = self._client.ask("GET", "/v1/register", query={"cursor": cursor, "limit": 100})
            book = page["book"]
            rows += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return book, rows

    def originals(self, agency: str | None) -> list[Row]:
        """The originals of an agency, oldest first."""
        _only_own(agency, field="agency")
        return self._list("/v1/drafts")

    def _list(self, path: str) -> list[Row]:
        return list(self._client.every(path))


def _only_own(named: str | None, *, field: str) -> None:
    if named is not None:
        raise RequestInvalid("at a server the token says for whom; name nobody beside it", field=field)
