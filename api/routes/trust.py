"""What verdicts rest on, for whoever wants to judge without us: roots and revocation lists; and the demo's own authority."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Annotated, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from api.acts import trust as acts
from api.errors import NotFound
from api.routes.depends import Anyone, Office, reply
from api.routes.trust_told import trust_told
from api.schemas.public import TrustTold
from api.services import Services
from keys import AuthorityAnswer, FaultBoard, answer_http

router = APIRouter()
_PEM: Final = "application/x-pem-file"
_JSON: Final = "application/json"


def _answers(*kinds: str, refused: tuple[int, ...]) -> dict[int | str, dict[str, Any]]:
    # The protocols of an authority know no problem objects: what is refused is a status and a line of text.
    told: dict[int | str, dict[str, Any]] = {200: {"content": {kind: {} for kind in kinds}}}
    for status in refused:
        told[status] = {"description": "Refused by the authority.", "content": {"text/plain": {}}}
    return told


def _question(kind: str) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {kind: {"schema": {"type": "string", "format": "binary"}}}}}


_CA_FILE: Final = _answers("application/pkix-cert", "application/pkix-crl", refused=(503,))
_OCSP: Final = _answers("application/ocsp-response", refused=(400, 404, 415, 503))
_TSA: Final = _answers("application/timestamp-reply", refused=(404, 415, 503))

Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
OcspByGet = Annotated[str, Path(max_length=6000)]
CaFile = Annotated[str, Path(pattern=r"^(root|issuing)\.(crl|cer)$")]


@router.get("/v1/trust", response_model=TrustTold, tags=["trust"])
def read_trust(_caller: Anyone, services: Office) -> Response:
    """List the trust roots with what each vouches for, the revocation lists, and the national lists that were imported."""
    return reply(trust_told(services.trust.anchors(), at=services.clock.now()))


@router.get("/v1/trust/bundle", response_class=Response, responses={200: {"content": {_JSON: {}}}}, tags=["trust"])
def trust_bundle(_caller: Anyone, services: Office) -> Response:
    """Give everything that a verifier elsewhere judges this office's copies with, as one file (`vidimus-trust-1`)."""
    text = json.dumps(acts.export_bundle(services).to_dict(), ensure_ascii=False, indent=1)
    return Response(f"{text}\n", media_type=_JSON)


@router.get("/v1/trust/roots.pem", response_class=Response, responses={200: {"content": {_PEM: {}}}}, tags=["trust"])
def roots_pem(_caller: Anyone, services: Office) -> Response:
    """Give the trust roots as one PEM file."""
    roots = [x509.load_der_x509_certificate(der) for der in services.trust.anchors().roots_der]
    return Response(b"".join(root.public_bytes(Encoding.PEM) for root in roots), media_type=_PEM)


@router.get(
    "/v1/trust/crls/{sha256_hex}.crl",
    response_class=Response,
    tags=["trust"],
    responses={200: {"content": {"application/pkix-crl": {}}}},
)
def read_crl(_caller: Anyone, services: Office, sha256_hex: Digest) -> Response:
    """Give a revocation list as DER."""
    for der in services.trust.anchors().crls_der:
        if hashlib.sha256(der).hexdigest() == sha256_hex:
            return Response(der, media_type="application/pkix-crl")
    raise NotFound("no revocation list has this digest")


@router.get("/authority/{name}", response_class=Response, tags=["authority"], responses=_CA_FILE)
async def authority_file(request: Request, _caller: Anyone, services: Office, name: CaFile) -> Response:
    """Give a certificate or revocation list of the embedded authority (demo and training only)."""
    return await _carry(request, services, place=name)


@router.post(
    "/authority/ocsp",
    response_class=Response,
    tags=["authority"],
    responses=_OCSP,
    openapi_extra=_question("application/ocsp-request"),
)
async def ocsp(request: Request, _caller: Anyone, services: Office) -> Response:
    """Answer an OCSP request about a certificate of the embedded authority (RFC 6960)."""
    return await _carry(request, services, place="ocsp")


@router.get("/authority/ocsp/{question:path}", response_class=Response, tags=["authority"], responses=_OCSP)
async def ocsp_by_get(request: Request, _caller: Anyone, services: Office, question: OcspByGet) -> Response:
    """Answer an OCSP request that stands in base64 in the path (RFC 6960, A.1)."""
    return await _carry(request, services, place=f"ocsp/{question}")


@router.post(
    "/authority/tsa",
    response_class=Response,
    tags=["authority"],
    responses=_TSA,
    openapi_extra=_question("application/timestamp-query"),
)
async def time_stamp(request: Request, _caller: Anyone, services: Office) -> Response:
    """Answer a time-stamp request (RFC 3161)."""
    return await _carry(request, services, place="tsa")


async def _carry(request: Request, services: Services, *, place: str) -> Response:
    body = await request.body()
    sent = request.headers.get("content-type", "")
    answer = await run_in_threadpool(
        _ask_authority, services, method=request.method, place=place, content_type=sent, body=body
    )
    # A fault that was asked for: the client waits, no thread does.
    await asyncio.sleep(answer.delay_seconds)
    return Response(answer.body, status_code=answer.status, media_type=answer.content_type)


def _ask_authority(services: Services, *, method: str, place: str, content_type: str, body: bytes) -> AuthorityAnswer:
    if services.authority is None:
        raise NotFound("this Vidimus has no authority of its own")
    return answer_http(
        services.authority,
        method=method,
        path=f"/{place}",
        content_type=content_type,
        body=body,
        at=services.clock.now(),
        faults=FaultBoard(services.home.authority),
    )
