"""The durable pipeline from an upload to a deposited certified copy; the only place that knows the workflow engine."""

from __future__ import annotations

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
    "Crafts",
    "CrashPoints",
    "EngineSettings",
    "KillAt",
    "NoCrashPoints",
    "Outcome",
    "OutcomeKind",
    "Phase",
    "Pipeline",
    "PipelineServices",
    "Progress",
    "QueueLimits",
    "TokenQuestion",
    "Upload",
]
