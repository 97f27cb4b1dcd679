"""Documents too large for memory leave every door as they would from memory: byte for byte, with length and digest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.demo.office import OFFICER_LOGIN
from api.documents import SpooledResponse, document_response
from guard import FilePayload, Room, Spool
from tests.running import Running, serve

CONTENT = b"%PDF-1.7 " * 100_000


@pytest.fixture(scope="module")
def paper(running: Running) -> dict[str, Any]:
    """A certified paper in An's vault."""
    with running.officer() as officer:
        return running.certify(officer)


@pytest.fixture(scope="module")
def narrow(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The same office, served by a process in whose memory no document may lie."""
    spool = Spool(tmp_path_factory.mktemp("narrow") / "spool", held_bytes=0)
    services = replace(running.services, spool=spool)
    app = create_app(services)
    with serve(app) as base_url:
        yield replace(running, services=services, app=app, base_url=base_url)


def _same_from_both(running: Running, narrow: Running, login: str, path: str) -> httpx.Response:
    """What a door answers from memory and from a file: the same; gives the answer from the file."""
    with running.client(login) as wide, narrow.client(login) as thin:
        from_memory, from_file = wide.get(path), thin.get(path)
    assert from_file.status_code == from_memory.status_code == 200, from_file.text
    assert from_file.content == from_memory.content
    assert from_file.headers["content-length"] == str(len(from_memory.content))
    for name in ("content-type", "etag", "content-digest", "content-disposition"):
        assert from_file.headers.get(name) == from_memory.headers.get(name)
    return from_file


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/v1/records/{record}/file", "/citizen/records/{record}/paper.pdf"])
def test_holder_gets_the_paper_whole(running: Running, narrow: Running, paper: dict[str, Any], path: str) -> None:
    given = _same_from_both(running, narrow, "an", path.format(record=paper["record_id"]))
    assert given.content.startswith(b"%PDF-")
    assert list(narrow.services.spool.folder.iterdir()) == []


@pytest.mark.slow
def test_office_gets_its_copy_whole(running: Running, narrow: Running, paper: dict[str, Any]) -> None:
    with running.citizen() as an:
        code = an.get(f"/v1/records/{paper['record_id']}").json()["code"]
    _same_from_both(running, narrow, OFFICER_LOGIN, f"/v1/copies/{code}/file?reason=COUNTER_COPY")
    _same_from_both(running, narrow, OFFICER_LOGIN, f"/staff/items/{paper['item_id']}/copy.pdf")


@pytest.mark.slow
def test_officer_gets_the_bytes_to_approve_whole_and_sees_their_pages(running: Running, narrow: Running) -> None:
    with running.officer() as officer:
        item_id = running.read_draft(officer)
        running.prepare(officer, item_id)
    _same_from_both(running, narrow, OFFICER_LOGIN, f"/v1/drafts/{item_id}/ready/file")
    _same_from_both(running, narrow, OFFICER_LOGIN, f"/v1/drafts/{item_id}/ready/pages/1")


@pytest.mark.slow
def test_holder_sees_verdict_and_pages_of_a_paper_that_lies_in_a_file(narrow: Running, paper: dict[str, Any]) -> None:
    with narrow.citizen() as an:
        assert an.get(f"/v1/records/{paper['record_id']}/pages/1").content.startswith(b"\x89PNG")
        assert an.get(f"/citizen/records/{paper['record_id']}").status_code == 200


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", held_bytes=1000)


def _response(spool: Spool) -> SpooledResponse:
    def give(room: Room) -> tuple[Any, dict[str, str]]:
        return room.take(lambda file: file.write(CONTENT) and None), {"ETag": '"1"'}

    response = document_response(spool, give)
    assert isinstance(response, SpooledResponse)
    return response


async def _nothing_comes() -> dict[str, Any]:
    return {"type": "http.disconnect"}


def test_large_document_goes_out_in_pieces_under_its_length(spool: Spool) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(_response(spool)({"type": "http"}, _nothing_comes, send))
    headers = dict(sent[0]["headers"])
    assert (headers[b"content-length"], headers[b"etag"]) == (str(len(CONTENT)).encode(), b'"1"')
    pieces = [message["body"] for message in sent[1:]]
    assert b"".join(pieces) == CONTENT
    assert max(map(len, pieces)) < len(CONTENT)
    assert [message["more_body"] for message in sent[1:]] == [True] * (len(pieces) - 1) + [False]


def test_reader_who_goes_away_leaves_no_file_open(spool: Spool) -> None:
    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the line is broken")

    closed: list[bool] = []
    with spool.room() as room, ExitStack() as stack:
        content = room.take(lambda file: file.write(CONTENT) and None)
        assert isinstance(content, FilePayload)
        stack.callback(closed.append, True)
        response = SpooledResponse(content, until_sent=stack.pop_all(), media_type="application/pdf", headers={})
        with pytest.raises(OSError, match="broken"):
            asyncio.run(response({"type": "http"}, _nothing_comes, send))
    assert closed == [True]


def test_small_document_is_answered_from_memory_and_no_file_stays(spool: Spool) -> None:
    response = document_response(spool, lambda room: (room.take(lambda file: file.write(b"%PDF") and None), {}))
    assert response.body == b"%PDF"
