"""Log lines of a serving process: one JSON object each, with ids, digests and codes, and never with words that came in.

What the house itself writes is under its rule (STYLE, section 4). What a library writes may quote what it could not
read: of that only the place, the level and the type of the error pass.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Final

_HOUSE: Final = ("api", "certify", "dossiers", "signing", "vault", "ocr", "keys", "guard", "fonts", "vidimus")
# What every record has; the rest is what a line was given besides.
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Ids, digests, codes and counts: nothing a person is called or has written.
_ALLOWED: Final = re.compile(r"[A-Za-z0-9_.:/+=-]{0,128}")
_MOST_FRAMES: Final = 12


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage() if _is_ours(record.name) else f"{record.module}:{record.lineno}",
        }
        line |= {name: _plain(value) for name, value in vars(record).items() if name not in _OWN}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line["error"] = type(error).__name__
            line["trace"] = _frames(error)
        return json.dumps(line, ensure_ascii=False)


def log_as_json() -> None:
    """Let everything that is logged in this process go to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # Who came in, when and how is told too (ASVS 16.3.1), by ids.
    logging.getLogger("api.acts").setLevel(logging.INFO)


def _is_ours(name: str) -> bool:
    # The engine's records have been reduced to their place already.
    return name.split(".", maxsplit=1)[0] in (*_HOUSE, "dbos")


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if _ALLOWED.fullmatch(text) else "(not shown)"


def _frames(error: BaseException) -> list[str]:
    """Say where it was raised, without the words of the error: they may quote a document."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 2)[-2]}/{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames[-_MOST_FRAMES:]
