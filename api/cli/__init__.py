"""The command line: verbs and groups over the same acts as the doors; results on stdout, everything else on stderr."""

from __future__ import annotations

from api.cli.main import main

__all__ = ["main"]
