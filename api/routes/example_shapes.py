"""What an example of the description and a link between two of its answers are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """One call that runs: its parameters and its body; `ends` is a refusal where the demonstration has nothing better.

    A value that begins with `@` is a file; in the demonstration any scan of its folder will do.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    ends: int | None = None
    # Where an operation takes JSON beside another form.
    body_as_json: Any = None


@dataclass(frozen=True, slots=True)
class Link:
    """Where an answer leads: an operation, and which of its parameters or members of its body stand in this answer."""

    to: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
