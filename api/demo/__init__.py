"""The demonstration: an invented office, its people and papers, and the story that shows what Vidimus does."""

from __future__ import annotations

from api.demo.story import StoryOptions, run_story
from api.demo.summary import Summary

__all__ = ["StoryOptions", "Summary", "run_story"]
