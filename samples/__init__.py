"""Invented specimen papers, made at run time with their truth beside them; nothing here is a real document."""

from __future__ import annotations

from samples.cast import CAST, Citizen
from samples.errors import SampleError, UnknownSpecimen
from samples.truth import Specimen, WrittenSpecimen

__all__ = ["CAST", "Citizen", "SampleError", "Specimen", "UnknownSpecimen", "WrittenSpecimen"]
