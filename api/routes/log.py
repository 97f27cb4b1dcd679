"""The transparency log as files that anybody can copy and check (C2SP tlog-tiles)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response

from api.routes.depends import Anyone
from vault import ObjectStore

router = APIRouter(prefix="/log", tags=["log"])
_CHECKPOINT: Final = "checkpoint"
# A tile never changes: a partial one carries its width in its name.
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_FOR_A_MOMENT: Final = {"Cache-Control": "public, max-age=2"}

TilePath = Annotated[
    str,
    Path(
        pattern=r"^(entries|[0-9]{1,2})/(x[0-9]{3}/){0,6}[0-9]{3}(\.p/[1-9][0-9]{0,2})?$",
        description="`<level>/<index>` or `entries/<index>`, a partial tile with `.p/<width>`.",
        examples=["0/000.p/3"],
    ),
]


@router.get("/checkpoint", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def checkpoint(request: Request, _caller: Anyone) -> Response:
    """Give the newest signed checkpoint."""
    return Response(_store(request).get(_CHECKPOINT), media_type="text/plain; charset=utf-8", headers=_FOR_A_MOMENT)


@router.get(
    "/tile/{tile:path}", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}}
)
def read_tile(request: Request, _caller: Anyone, tile: TilePath) -> Response:
    """Give a tile of hashes, or a bundle of entries."""
    return Response(_store(request).get(f"tile/{tile}"), media_type="application/octet-stream", headers=_FOR_EVER)


def _store(request: Request) -> ObjectStore:
    store: ObjectStore = request.app.state.log_store
    return store
