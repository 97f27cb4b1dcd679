"""The doors and the composition: HTTP, pages and command line. It stands on top: nobody in the house imports from it."""

from __future__ import annotations

__all__: list[str] = []
