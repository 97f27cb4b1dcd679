"""The values that a Vidimus answers with, one frozen class for each schema of the description."""

from __future__ import annotations
