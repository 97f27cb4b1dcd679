"""What people do at the three doors; pages, JSON routes and commands call these same functions."""

from __future__ import annotations

__all__: list[str] = []
