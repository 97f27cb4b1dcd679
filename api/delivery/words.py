"""The words of a notice in one language: what happened, what to do, where to look; the same on a page and in a mail.

No name, number or title stands in them: a mail lies in many hands before it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.messages import Messages
from vault import format_code
from vault.delivery import Audience, Notice

_CODE_LENGTH: Final = 13


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """A notice, said; `path` is where at our doors it leads."""

    title: str
    what: str
    todo: str
    path: str


def words_of(notice: Notice, messages: Messages, language: str) -> NoticeWords:
    """Say a notice."""
    values = shown_refs(notice)
    return NoticeWords(
        title=messages.text(f"notice.{notice.kind}.title", language, **values),
        what=messages.text(f"notice.{notice.kind}.what", language, **values),
        todo=messages.text(f"notice.{notice.kind}.todo", language, **values),
        path=_path(notice),
    )


def shown_refs(notice: Notice) -> dict[str, str]:
    """The ids of a notice as people read them: a code in its groups."""
    return {name: _shown(name, value) for name, value in notice.refs.items()}


def _shown(name: str, value: str) -> str:
    return format_code(value) if name == "code" and len(value) == _CODE_LENGTH else value


def _path(notice: Notice) -> str:
    if notice.receiver.audience is not Audience.HOLDER:
        return "/staff/notices"
    if "request" in notice.refs:
        return f"/citizen/requests/{notice.refs['request']}"
    if "article" in notice.refs:
        return "/citizen/history"
    if "share" in notice.refs:
        return "/citizen/shares"
    if "feedback" in notice.refs:
        return "/citizen/feedback"
    if "record" in notice.refs:
        return f"/citizen/records/{notice.refs['record']}"
    if "submission" in notice.refs:
        return f"/citizen/submissions/{notice.refs['submission']}"
    return "/citizen/notices"
