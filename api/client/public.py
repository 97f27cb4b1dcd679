"""The verifier's door, for everybody: files, codes, shared papers, the log, what verdicts rest on."""

from __future__ import annotations

from pathlib import Path

from api.client.answers import Received, file_of, object_of
from api.client.office import upload_of
from api.client.values.public import Copy, Readiness, Shared, Trust, Verification
from api.client.wire import Call, Upload, Wire


class PublicDoor:
    """What needs no account."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def verify(self, file: Path | Upload) -> Verification:
        """Judge a file; compare `verdict`, for the value itself has no truth."""
        upload = file if isinstance(file, Upload) else upload_of(file)
        return object_of(self._wire.send(Call("POST", "/v1/verifications", files=(upload,))), Verification)

    def report(self, file: Path | Upload, *, kind: str, language: str = "en") -> Received:
        """Judge a file and give the report: `pdf`, sealed by the office, or `xml` by ETSI TS 119 102-2."""
        upload = file if isinstance(file, Upload) else upload_of(file)
        form = {"kind": kind, "lang": language}
        return file_of(self._wire.send(Call("POST", "/v1/verifications/reports", form=form, files=(upload,))))

    def look_up(self, code: str) -> Copy:
        """Tell what is known of a copy's code."""
        return object_of(self._wire.send(Call("GET", f"/v1/copies/{code}")), Copy)

    def open_share(self, link: str, *, passcode: str | None = None) -> Shared:
        """Count one look at a shared paper; `link` may be the secret alone."""
        asked = {"token": link.rpartition("#")[2]} | ({"passcode": passcode} if passcode else {})
        return object_of(self._wire.send(Call("POST", "/v1/shares/open", json=asked)), Shared)

    def shared_page(self, shared: Shared, page_number: int) -> Received:
        """Give a page image of the paper that was just opened."""
        headers = {"X-Share-Ticket": shared.ticket}
        return file_of(self._wire.send(Call("GET", f"/v1/shares/pages/{page_number}", headers=headers)))

    def shared_file(self, shared: Shared) -> Received:
        """Give the signed file of the paper that was just opened, where the holder allowed it."""
        return file_of(self._wire.send(Call("GET", "/v1/shares/file", headers={"X-Share-Ticket": shared.ticket})))

    def answer_share(self, shared: Shared, answer: str, *, reason: str = "") -> None:
        """Tell the holder that the paper serves (`ACCEPTED`), or why it does not (`REFUSED`); once for each link."""
        headers = {"X-Share-Ticket": shared.ticket}
        self._wire.send(Call("POST", "/v1/shares/answer", json={"answer": answer, "reason": reason}, headers=headers))

    def checkpoint(self) -> str:
        """Give the newest signed checkpoint of the log."""
        return self._wire.send(Call("GET", "/log/checkpoint")).text

    def log_tile(self, tile: str) -> bytes:
        """Give a tile of hashes or a bundle of entries (C2SP tlog-tiles), such as `0/000.p/3`."""
        return self._wire.send(Call("GET", f"/log/tile/{tile}")).content

    def trust(self) -> Trust:
        """Tell what verdicts of the service rest on."""
        return object_of(self._wire.send(Call("GET", "/v1/trust")), Trust)

    def readiness(self) -> Readiness:
        """Tell whether work may be sent there.

        Raises:
            Refused: something is missing; it is not ready.
        """
        return object_of(self._wire.send(Call("GET", "/readyz")), Readiness)
