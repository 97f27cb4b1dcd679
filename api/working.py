"""What a process does of the work: everything, what a dead worker left, nothing but the doors, or only look.

Whoever takes jobs holds the lease of its name (certify/workers.py) for as long as it does.
"""

from __future__ import annotations

import contextlib
import os
import signal
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from api.delivery.courier import running_together
from api.housekeeping import Housekeeping
from certify.errors import WorkerNameTaken
from certify.workers import WorkerLease, WorkerProcess
from guard.whereabouts import is_surely_gone, place_of_this_process

if TYPE_CHECKING:
    from api.services import Services

# Shorter than systemd waits (deploy/systemd): running steps end, and what does not end in time is taken up again.
STOP_GRACE_SECONDS: Final = 30
_ID_BYTES: Final = 16


class Part(Enum):
    """What this process does."""

    WORK = auto()
    """Take jobs, and do the chores of the house. A second living process of this name does not start."""
    HELP = auto()
    """The same when nobody does it under this name; else leave it to that one and only put jobs into the queue."""
    DOORS = auto()
    """Only put jobs into the queue."""
    ADOPT = auto()
    """Do what a dead worker of this name left behind, as soon as its lease is over."""
    LOOK = auto()
    """Neither."""


def take_part(services: Services, part: Part, stack: contextlib.ExitStack) -> None:
    """Begin the part of this process; `stack` ends it.

    Raises:
        WorkerNameTaken: a living process works under this name.
    """
    if part is Part.LOOK:
        return
    if part is not Part.DOORS and _hold_the_name(services, part, stack):
        if part is Part.ADOPT:
            stack.callback(services.pipeline.stop)
            return
        services.pipeline.start()
        stack.callback(services.pipeline.stop)
        stack.enter_context(services.housekeeping.running())
        stack.enter_context(running_together(services.couriers))
        return
    services.pipeline.open_door()
    stack.callback(services.pipeline.stop)
    # Open keys are in the memory of this process; nobody else can close them.
    stack.enter_context(Housekeeping((services.desk.close_expired,)).running())


def _hold_the_name(services: Services, part: Part, stack: contextlib.ExitStack) -> bool:
    process = WorkerProcess(services.random_bytes(_ID_BYTES).hex(), place_of_this_process(), is_surely_gone)
    lease = WorkerLease(services.database, name=services.settings.worker_name, process=process)
    try:
        lease.take(may_wait=part is Part.ADOPT)
    except WorkerNameTaken:
        if part is Part.HELP:
            return False
        raise
    stack.enter_context(lease.kept(on_lost=_end_this_process))
    return True


def _end_this_process() -> None:
    # As an operator would: running steps end, keys and children are closed. Whoever holds the name now does the rest.
    os.kill(os.getpid(), signal.SIGTERM)
