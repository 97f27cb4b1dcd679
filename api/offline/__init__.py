"""The static verification site: page, scripts and style, written out by `api.publication`."""

from __future__ import annotations

__all__: list[str] = []
