"""Children behind walls that the offices of one test process share, as an office that stays open has them from day to day.

To start a reader and a judge costs more than most of what a test asks of them.
"""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from functools import cache

from api.children import Children, open_children
from guard import Isolation, SandboxPool
from ocr import ocr_sandbox
from signing.verify import verify_sandbox


@cache
def warm_children() -> Children:
    """The pools of this process; they end with it."""
    stack = ExitStack()
    children = stack.enter_context(open_children(readers=1))
    atexit.register(stack.close)
    return children


@cache
def plain_readers() -> SandboxPool:
    """A reader behind limits alone, which every machine can build in any place, also inside another's walls."""
    pool = ocr_sandbox(1, Isolation.RLIMITS)
    atexit.register(pool.close)
    return pool


@cache
def plain_judges() -> SandboxPool:
    """A judge behind limits alone."""
    pool = verify_sandbox(size=1, isolation=Isolation.RLIMITS, public=False)
    atexit.register(pool.close)
    return pool
