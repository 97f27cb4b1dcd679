"""What every step needs, built once by the composition root, and how steps tell how far they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from certify.items import Actor, ActorKind
from certify.marks import CopyMarks
from certify.pipeline.crafts import Crafts
from certify.renewal import RenewalPolicy
from certify.rules import LawPack
from guard.clock import Clock, RandomBytes
from guard.spool import Spool
from keys.activation import ActivationDesk
from keys.credentials import Credential
from keys.mode import Mode
from vault.blobs import BlobVault
from vault.database import Database


class Phase(StrEnum):
    """What a progress message tells."""

    PAGE_READ = "PAGE_READ"
    STEP_DONE = "STEP_DONE"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an item is: a page of n was read, or a step took so many seconds."""

    item_id: str
    workflow: str
    step: str
    phase: Phase
    done: int = 0
    total: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PipelineServices:
    """The office behind the steps."""

    database: Database
    blobs: BlobVault
    crafts: Crafts
    activations: ActivationDesk
    credential: Callable[[str], Credential]
    law: LawPack
    marks: CopyMarks
    renewal: RenewalPolicy
    mode: Mode
    verify_url: str
    worker_name: str
    clock: Clock
    random_bytes: RandomBytes
    on_progress: Callable[[Progress], None]
    spool: Spool

    @property
    def actor(self) -> Actor:
        """The worker, as it stands in histories."""
        return Actor(ActorKind.WORKER, self.worker_name)
