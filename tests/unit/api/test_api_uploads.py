"""Uploads in parts over HTTP (tus 1.0.0): a large scan comes in pieces, over broken connections, and becomes an original."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.running import DOC_TYPE, Running
from tests.small_paper import small_scan
from vault import PART_BYTES

# Starts a whole office or waits for clocks: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

TUS = {"Tus-Resumable": "1.0.0"}
PART = TUS | {"Content-Type": "application/offset+octet-stream"}
AN = "000195012345"


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def begin(officer: httpx.Client, length: int, **headers: str) -> str:
    answer = officer.post("/v1/uploads", headers=TUS | {"Upload-Length": str(length)} | headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    return answer.headers["location"]


def send(officer: httpx.Client, place: str, content: bytes, *, at: int, **headers: str) -> httpx.Response:
    return officer.patch(place, content=content, headers=PART | {"Upload-Offset": str(at)} | headers)


def stands(officer: httpx.Client, place: str) -> int:
    answer = officer.head(place, headers=TUS)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def draft(officer: httpx.Client, *places: str, **more: Any) -> httpx.Response:
    asked = {"upload_ids": [place.rsplit("/", 1)[-1] for place in places], "holder_number": AN, "doc_type": DOC_TYPE}
    return officer.post("/v1/drafts", json=asked | more.pop("fields", {}), **more)


def test_the_office_tells_what_of_tus_it_speaks(running: Running) -> None:
    with running.client() as anyone:
        answer = anyone.options("/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(256 << 20)
    assert {"creation", "expiration", "checksum", "termination"} <= set(answer.headers["tus-extension"].split(","))


def test_a_scan_in_parts_becomes_an_original(running: Running, officer: httpx.Client) -> None:
    scan = small_scan(mark="T")
    kind = base64.b64encode(b"image/jpeg").decode()
    place = begin(officer, len(scan), **{"Upload-Metadata": f"filetype {kind},filename {kind}"})
    assert stands(officer, place) == 0
    first = send(officer, place, scan[:1000], at=0)
    assert (first.status_code, first.headers["upload-offset"]) == (204, "1000")
    assert first.headers["upload-expires"].endswith("GMT")
    unfinished = draft(officer, place)
    assert (unfinished.status_code, unfinished.json()["code"]) == (409, "UPLOAD_UNFINISHED")
    assert send(officer, place, scan[1000:], at=1000).status_code == 204
    accepted = draft(officer, place)
    assert accepted.status_code == 202, accepted.text
    told = running.wait(officer, accepted.json()["operation_id"])
    assert (told["status"], told["item_state"]) == ("DONE", "EXTRACTED")
    # It was used, and is gone.
    assert officer.head(place, headers=TUS).status_code == 404
    assert draft(officer, place).status_code == 404


def test_an_upload_may_begin_with_its_bytes(officer: httpx.Client) -> None:
    answer = officer.post("/v1/uploads", content=b"x" * 10, headers=PART | {"Upload-Length": "15"})
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "10")
    assert stands(officer, answer.headers["location"]) == 10
    listed = officer.get("/v1/uploads").json()["items"]
    assert {"received": 10, "bytes": 15, "finished": False}.items() <= listed[-1].items()
    assert officer.delete(answer.headers["location"], headers=TUS).status_code == 204
    assert officer.head(answer.headers["location"], headers=TUS).status_code == 404


def test_a_part_that_begins_elsewhere_is_refused_and_changes_nothing(officer: httpx.Client) -> None:
    place = begin(officer, 10)
    send(officer, place, b"abc", at=0)
    for at in (0, 2, 4):
        answer = send(officer, place, b"def", at=at)
        assert (answer.status_code, answer.json()["code"]) == (409, "UPLOAD_MOVED")
    assert stands(officer, place) == 3
    assert officer.delete(place, headers=TUS).status_code == 204


def test_more_than_was_announced_is_refused_unread(officer: httpx.Client) -> None:
    place = begin(officer, 10)
    assert send(officer, place, b"x" * 11, at=0).status_code == 413
    assert officer.post("/v1/uploads", headers=TUS | {"Upload-Length": str((256 << 20) + 1)}).status_code == 413
    assert stands(officer, place) == 0
    officer.delete(place, headers=TUS)


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_a_part_that_was_damaged_on_its_way_is_not_kept(officer: httpx.Client, algorithm: str) -> None:
    content = b"z" * (PART_BYTES + 5)
    place = begin(officer, len(content))
    right = base64.b64encode(hashlib.new(algorithm, content, usedforsecurity=False).digest()).decode()
    wrong = send(officer, place, content[:-1] + b"y", at=0, **{"Upload-Checksum": f"{algorithm} {right}"})
    assert (wrong.status_code, wrong.json()["code"]) == (460, "UPLOAD_DAMAGED")
    assert stands(officer, place) == 0
    assert send(officer, place, content, at=0, **{"Upload-Checksum": f"{algorithm} {right}"}).status_code == 204
    assert stands(officer, place) == len(content)
    officer.delete(place, headers=TUS)


@pytest.mark.parametrize("checksum", ["md5 AAAA", "sha256 ???", "sha256"])
def test_a_checksum_nobody_can_check_is_refused(officer: httpx.Client, checksum: str) -> None:
    place = begin(officer, 3)
    answer = send(officer, place, b"abc", at=0, **{"Upload-Checksum": checksum})
    assert answer.status_code in {422, 460}
    assert stands(officer, place) == 0
    officer.delete(place, headers=TUS)


def test_what_came_before_a_connection_broke_is_kept(running: Running, officer: httpx.Client) -> None:
    place = begin(officer, PART_BYTES * 2)
    host, port = "127.0.0.1", int(running.base_url.rsplit(":", 1)[1])
    cookies = "; ".join(f"{name}={value}" for name, value in officer.cookies.items())
    head = (
        f"PATCH {place} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\nX-CSRF-Token: {officer.headers['X-CSRF-Token']}\r\n"
        f"Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {PART_BYTES * 2}\r\n\r\n"
    )
    with socket.create_connection((host, port), timeout=10) as raw:
        raw.sendall(head.encode() + b"x" * (PART_BYTES + 1000))
        raw.shutdown(socket.SHUT_WR)
        raw.settimeout(10)
        while raw.recv(4096):
            pass
    deadline = time.monotonic() + 20
    while (received := stands(officer, place)) <= PART_BYTES and time.monotonic() < deadline:
        time.sleep(0.1)
    assert PART_BYTES <= received <= PART_BYTES + 1000
    assert send(officer, place, b"x" * (PART_BYTES * 2 - received), at=received).status_code == 204
    assert stands(officer, place) == PART_BYTES * 2
    officer.delete(place, headers=TUS)


def test_an_upload_of_a_colleague_does_not_exist(running: Running, officer: httpx.Client) -> None:
    place = begin(officer, 3)
    with running.recipient() as other:
        assert other.head(place, headers=TUS).status_code == 404
        assert send(other, place, b"abc", at=0).status_code == 404
        assert other.delete(place, headers=TUS).status_code == 404
        assert other.get("/v1/uploads").json()["items"] == []
    assert stands(officer, place) == 0
    officer.delete(place, headers=TUS)


@pytest.mark.parametrize("version", [{}, {"Tus-Resumable": "0.2.2"}])
def test_another_version_of_the_protocol_is_refused_and_told_ours(
    officer: httpx.Client, version: dict[str, str]
) -> None:
    answer = officer.post("/v1/uploads", headers=version | {"Upload-Length": "3"})
    assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")


def test_bytes_of_another_kind_are_refused(officer: httpx.Client) -> None:
    place = begin(officer, 3)
    answer = officer.patch(
        place, content=b"abc", headers=TUS | {"Upload-Offset": "0", "Content-Type": "application/octet-stream"}
    )
    assert answer.status_code == 415
    officer.delete(place, headers=TUS)


@pytest.mark.parametrize("length", ["-1", "x", "", "1e3"])
def test_an_upload_says_how_long_it_is(officer: httpx.Client, length: str) -> None:
    assert officer.post("/v1/uploads", headers=TUS | {"Upload-Length": length}).status_code == 422


def test_an_upload_begun_twice_with_one_key_is_begun_once(officer: httpx.Client) -> None:
    key = {"Idempotency-Key": "upload-key-0001"}
    first = begin(officer, 3, **key)
    assert begin(officer, 3, **key) == first
    other = officer.post("/v1/uploads", headers=TUS | {"Upload-Length": "4"} | key)
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_CONFLICT")
    officer.delete(first, headers=TUS)


def test_a_draft_made_twice_with_one_key_from_one_upload_is_made_once(officer: httpx.Client) -> None:
    scan = small_scan(mark="K")
    place = begin(officer, len(scan))
    send(officer, place, scan, at=0)
    key = {"Idempotency-Key": "draft-key-of-uploads"}
    first, second = draft(officer, place, headers=key), draft(officer, place, headers=key)
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.headers["idempotency-replayed"] == "true"
    assert first.json()["operation_id"] == second.json()["operation_id"]


@pytest.mark.parametrize(
    "ids",
    [
        None,
        [],
        "01KC5Z00000000000000000001",
        ["x"],
        [1],
        ["01KC5Z00000000000000000001"] * 2,
        [f"01KC5Z000000000000000000{n:02d}" for n in range(21)],
    ],
)
def test_uploads_are_named_one_by_one(officer: httpx.Client, ids: object) -> None:
    answer = officer.post("/v1/drafts", json={"upload_ids": ids, "holder_number": AN, "doc_type": DOC_TYPE})
    assert (answer.status_code, answer.json()["field"]) == (422, "upload_ids")


def test_json_where_scans_are_taken_stays_small_and_shallow(officer: httpx.Client) -> None:
    kind = {"Content-Type": "application/json"}
    assert officer.post("/v1/drafts", content=b" " * (70 << 10), headers=kind).status_code == 413
    for body in (b"[" * 60000, b"{", b"[]", b"null", b'{"upload_ids": NaN}', b"\xff"):
        answer = officer.post("/v1/drafts", content=body, headers=kind)
        assert answer.status_code == 422, body[:10]


def test_a_refused_draft_leaves_its_upload_to_be_used_again(running: Running, officer: httpx.Client) -> None:
    scan = small_scan(mark="R")
    place = begin(officer, len(scan))
    send(officer, place, scan, at=0)
    assert draft(officer, place, fields={"holder_number": "12"}).status_code == 422
    assert stands(officer, place) == len(scan)
    accepted = draft(officer, place)
    assert accepted.status_code == 202
    assert running.wait(officer, accepted.json()["operation_id"])["status"] == "DONE"


def test_nothing_of_an_upload_is_told_to_a_stranger(running: Running) -> None:
    with running.client() as anyone:
        assert anyone.post("/v1/uploads", headers=TUS | {"Upload-Length": "3"}).status_code == 401
    with running.citizen() as an:
        # The counter's door does not know a session of the citizens' door.
        assert an.post("/v1/uploads", headers=TUS | {"Upload-Length": "3"}).status_code == 401
        assert json.loads(an.get("/v1/uploads").content)["code"] == "NOT_AUTHENTICATED"
