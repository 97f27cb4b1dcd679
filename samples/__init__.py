"""Invented specimen papers, made at run time with their truth beside them; nothing here is a real document.

The people alone stand here: who only needs their names loads nothing that paints pages.
"""

from __future__ import annotations

from samples.cast import CAST, Citizen
from samples.errors import SampleError, UnknownSpecimen

__all__ = ["CAST", "Citizen", "SampleError", "UnknownSpecimen"]
