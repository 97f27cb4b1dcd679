"""What the office counts: facts for its reports, and the national scorecard as data."""

from __future__ import annotations

from certify.figures.facts import FACTS, Measure, Scope, agencies_within, facts_of
from certify.figures.readings import note_reading
from certify.figures.scorecard import Scorecard, ScoreLine, load_scorecard, points

__all__ = [
    "FACTS",
    "Measure",
    "Scope",
    "ScoreLine",
    "Scorecard",
    "agencies_within",
    "facts_of",
    "load_scorecard",
    "note_reading",
    "points",
]
