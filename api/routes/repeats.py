"""Idempotency-Key: a POST that is sent twice is done once, and answered twice with the same words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from fastapi import Request, Response

from api.access import Principal, Role
from api.identity import IdempotencyKey, RememberedAnswer
from api.identity.idempotency import abandon, begin, finish
from api.services import Services

_KEPT_HEADERS: Final = ("content-type", "location", "etag")
REPLAYED_HEADER: Final = "Idempotency-Replayed"


def do_once(
    request: Request, services: Services, principal: Principal, *, asked: bytes, act: Callable[[], Response]
) -> Response:
    """Do `act`, or give the answer that the same caller's call with the same key got before.

    `asked` is what was sent, without secrets. A refused or failed call is forgotten, so that it may be tried again.

    Raises:
        StillRunning: the first call with this key has no answer yet.
        IdempotencyConflict: the key came with something else before.
    """
    sent = request.headers.get("idempotency-key")
    if sent is None:
        return act()
    key = IdempotencyKey(
        caller=f"{'holder' if Role.CITIZEN in principal.roles else 'staff'}:{principal.subject_id}",
        key=f"{request.method} {request.url.path} {sent}",
        request_sha256_hex=_mark(services, asked),
    )
    with services.database.transaction() as tx:
        before = begin(tx, key, at=services.clock.now())
    if before is not None:
        return _again(services, principal, key, before)
    is_done = False
    try:
        response = act()
        body = bytes(response.body)
        answer = RememberedAnswer(
            response.status_code,
            {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
            _seal(services, principal, key, body),
        )
        with services.database.transaction() as tx:
            finish(tx, key, answer)
        is_done = True
    finally:
        if not is_done:
            with services.database.transaction() as tx:
                abandon(tx, key)
    return response


def _again(services: Services, principal: Principal, key: IdempotencyKey, before: RememberedAnswer) -> Response:
    body = _unseal(services, principal, key, before.body)
    headers = dict(before.headers) | {REPLAYED_HEADER: "true"}
    return Response(body, status_code=before.status, headers=headers)


def _mark(services: Services, asked: bytes) -> str:
    # A bare digest of a form with an identity number could be searched for; an Ed25519 signature is deterministic
    # (RFC 8032) and nobody without the key can make it, so its digest says "the same" and nothing else.
    signed = services.manifest_key.sign(b"vidimus-asked-1\0" + hashlib.sha256(asked).digest())
    return hashlib.sha256(signed).hexdigest()


def _seal(services: Services, principal: Principal, key: IdempotencyKey, body: bytes) -> bytes:
    # What a citizen is told may hold the secret of a link. Answers to staff hold ids, digests and states only.
    if Role.CITIZEN not in principal.roles:
        return body
    return services.blobs.seal_value(principal.holder_id, f"answer/{key.key_sha256_hex}", body)


def _unseal(services: Services, principal: Principal, key: IdempotencyKey, body: bytes) -> bytes:
    if Role.CITIZEN not in principal.roles:
        return body
    return services.blobs.open_value(principal.holder_id, f"answer/{key.key_sha256_hex}", body)
