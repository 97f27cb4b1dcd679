"""What the workflow engine may say in our logs: that something happened and where, never the words of it.

The engine logs exceptions with their messages and tracebacks, and on start invites to a hosted console. A message of
a library may quote the document it could not read, so only the place, the level and the type of the error pass.
"""

from __future__ import annotations

import logging
from typing import Final

_ENGINE: Final = "dbos"


class OnlyThePlace(logging.Filter):
    """Rewrite each record of the engine to its place and the type of its error; drop what is below a warning."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let warnings and errors pass without their words."""
        if record.levelno < logging.WARNING:
            return False
        error = record.exc_info[1] if record.exc_info else None
        record.msg = "workflow engine: %s line %d: %s"
        record.args = (record.module, record.lineno, "no error given" if error is None else _place_of(error))
        record.exc_info = None
        record.exc_text = None
        record.stack_info = None
        return True


def quiet_the_engine() -> None:
    """Let the engine's records pass to our handlers without their words; doing it again changes nothing."""
    logger = logging.getLogger(_ENGINE)
    # The engine adds a console handler of its own only when it finds none.
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    if not any(isinstance(kept, OnlyThePlace) for kept in logger.filters):
        logger.addFilter(OnlyThePlace())
    logger.propagate = True


def _place_of(error: BaseException) -> str:
    """Name the type of an error and the line that raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
