"""Style sheet, script and drawings, read once and served from memory under addresses that change with their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Requires, Role
from vault import NotFound

router = APIRouter(include_in_schema=False)
_FOLDER: Final = Path(__file__).parent / "static"
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"

_ANYONE: Final = [Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]


def read_assets() -> Mapping[str, bytes]:
    """Read every asset of the pages."""
    return {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.suffix in _MEDIA_TYPES}


@router.get("/static/{name}", dependencies=_ANYONE)
def asset(request: Request, name: str) -> Response:
    """Give one asset by its name."""
    assets: Mapping[str, bytes] = request.app.state.assets
    if name not in assets:
        raise NotFound(f"there is no asset {name[:40]!r}")
    kept = _FOR_EVER if request.query_params.get("v") else "no-cache"
    return Response(assets[name], media_type=_MEDIA_TYPES[Path(name).suffix], headers={"Cache-Control": kept})


@router.get("/favicon.ico", dependencies=_ANYONE)
def favicon(request: Request) -> Response:
    """Give the drawing to browsers that ask for it by its old name."""
    return asset(request, "favicon.svg")
