"""Take everything along, and erase what no law keeps."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.acts import taking_along as acts
from api.documents import DocumentGiven, digest_headers, document_response
from api.routes.depends import Office, Sharer, VaultReader, reply
from api.routes.vaults_told import record_told
from api.schemas.taking import EraseAsked, ErasedTold, ErasureTold
from guard import Room

router = APIRouter(prefix="/v1", tags=["vault"])


@router.get("/export", response_class=Response, responses={200: {"content": {"application/zip": {}}}})
def export_vault(caller: Sharer, services: Office) -> Response:
    """Give everything the vault holds and knows as one BagIt package: papers, proofs, fields, history, consents."""

    def give(room: Room) -> DocumentGiven:
        content = room.take(lambda target: acts.write_export(services, caller, target))
        return content, digest_headers(content, name="vault.zip")

    return document_response(services.spool, give, media_type="application/zip")


@router.get("/erasure", response_model=ErasureTold)
def look_at_erasure(caller: VaultReader, services: Office) -> Response:
    """Say what an erasure would take and what a law or a case keeps."""
    going = acts.what_would_go(services, caller)
    return reply(
        ErasureTold(
            erasable=[record_told(one) for one in going.erasable], kept=[record_told(one) for one in going.kept]
        )
    )


@router.post("/erasure", response_model=ErasedTold)
def erase_papers(caller: Sharer, services: Office, asked: EraseAsked) -> Response:
    """Erase papers for ever: their keysets are destroyed, with text, fields, index and links. The certification stays."""
    return reply(ErasedTold(record_ids=list(acts.erase(services, caller, tuple(asked.record_ids)))))
