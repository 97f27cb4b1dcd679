"""The durable pipeline from an upload to a deposited certified copy; the only place that knows the workflow engine."""

from __future__ import annotations

from certify.pipeline.arrangement import Arrangement, LeftOutPage, LeftOutWhy, PageAct, PlacedPage
from certify.pipeline.crafts import Crafts
from certify.pipeline.crash import KillAt
from certify.pipeline.engine import EngineSettings
from certify.pipeline.facade import Pipeline
from certify.pipeline.jobs import QueueLimits
from certify.pipeline.services import Phase, PipelineServices, Progress
from certify.pipeline.steps import CrashPoints, NoCrashPoints, Outcome, OutcomeKind
from certify.pipeline.token_signing import TokenQuestion
from certify.pipeline.upload import Upload

__all__ = [
    "Arrangement",
    "Crafts",
    "CrashPoints",
    "EngineSettings",
    "KillAt",
    "LeftOutPage",
    "LeftOutWhy",
    "NoCrashPoints",
    "Outcome",
    "OutcomeKind",
    "PageAct",
    "Phase",
    "Pipeline",
    "PipelineServices",
    "PlacedPage",
    "Progress",
    "QueueLimits",
    "TokenQuestion",
    "Upload",
]
