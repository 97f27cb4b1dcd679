"""What goes over the wire, as pydantic models; nothing below `api.routes` sees them."""

from __future__ import annotations

__all__: list[str] = []
