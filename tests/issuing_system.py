"""A registered system of an agency, and born-digital results that its office signed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pikepdf

from api.demo.office import WARD
from api.demo.outside import sign_elsewhere
from api.identity import is_login_taken
from certify import Role as StaffRole
from samples.cast import CAST
from tests.running import Running

WARD_NAME = "UBND phường Thí Dụ"
ADMIN = "quan-tri-ket-qua"


def unsigned_result() -> bytes:
    """A page that nobody signed."""
    target = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(target, static_id=True)
    return target.getvalue()


def signed_result(running: Running, *, office: str = WARD_NAME) -> bytes:
    """A result as an office's own system makes it; no two are the same."""
    return sign_elsewhere(running.services, unsigned_result(), office=office)


@contextmanager
def administrator(running: Running, agency: str = WARD) -> Iterator[httpx.Client]:
    """An administrator of an agency."""
    login = f"{ADMIN}-{agency.lower()}"
    with running.services.database.read() as tx:
        is_there = is_login_taken(tx, login)
    if not is_there:
        running.enrol(login, agency, StaffRole.ADMIN)
    with running.client(login) as client:
        yield client


@contextmanager
def issuing_system(
    running: Running,
    *,
    agency: str = WARD,
    login: str = "he-thong-ho-tich",
    scopes: tuple[str, ...] = ("results:write",),
) -> Iterator[httpx.Client]:
    """A system that an administrator registered, with a token of its own."""
    form = {"login": login, "label": login, "agency_code": agency, "roles": ["counter_clerk"], "scopes": list(scopes)}
    with administrator(running, agency) as admin:
        made = admin.post("/v1/clients", json=form)
        assert made.status_code == 201, made.text
    with running.client() as nobody:
        given = nobody.post(
            "/v1/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(made.json()["client_id"], made.json()["client_secret"]),
        )
    assert given.status_code == 200, given.text
    with running.client(headers={"Authorization": f"Bearer {given.json()['access_token']}"}) as system:
        yield system


def push(system: httpx.Client, content: bytes, named: str, *, holder: str = "an", **changes: Any) -> httpx.Response:
    """Add a result."""
    person = CAST[holder]
    form = {
        "reference": named,
        "doc_type": "VN.BIRTH_CERT",
        "holder_number": person.id_number,
        "holder_name": person.name,
        "holder_birth_date": person.born_on.isoformat(),
    } | changes
    return system.post("/v1/results", data=form, files={"file": ("ket-qua.pdf", content, "application/pdf")})


def push_newer(system: httpx.Client, result: dict[str, Any], content: bytes, *, version: int) -> httpx.Response:
    """Replace a result by a newer paper, from a version."""
    return system.post(
        f"/v1/results/{result['result_id']}/versions",
        files={"file": ("ket-qua.pdf", content, "application/pdf")},
        headers={"If-Match": f'"{version}"'},
    )
