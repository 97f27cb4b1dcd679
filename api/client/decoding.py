"""Read JSON into the frozen values of the client: what is missing is said, what is new is passed over."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

from api.client.problems import AnswerUnreadable

_T = TypeVar("_T")


def read_value(kind: type[_T], told: object) -> _T:
    """Read one object.

    Raises:
        AnswerUnreadable: a field is missing, or holds something else than the description says.
    """
    return typing.cast("_T", _read(kind, told, place=kind.__name__))


def _read(kind: Any, told: object, *, place: str) -> Any:
    origin = typing.get_origin(kind)
    if kind is Any:
        return told
    if origin in {types.UnionType, typing.Union}:
        choices = [choice for choice in typing.get_args(kind) if choice is not type(None)]
        return None if told is None else _read(choices[0], told, place=place)
    if origin is tuple:
        several = _exactly(told, list, place=place)
        return tuple(_read(typing.get_args(kind)[0], one, place=place) for one in several)
    if origin is Mapping:
        named = _exactly(told, dict, place=place)
        return {key: _read(typing.get_args(kind)[1], one, place=place) for key, one in named.items()}
    if dataclasses.is_dataclass(kind):
        return _read_object(kind, _exactly(told, dict, place=place), place=place)
    return _read_plain(kind, told, place=place)


def _read_object(kind: Any, told: dict[str, Any], *, place: str) -> Any:
    values = {}
    hints = _hints(kind)
    for field in dataclasses.fields(kind):
        if field.name in told:
            values[field.name] = _read(hints[field.name], told[field.name], place=f"{place}.{field.name}")
        elif field.default is dataclasses.MISSING:
            raise AnswerUnreadable(f"the answer has no {place}.{field.name}")
    return kind(**values)


def _read_plain(kind: Any, told: object, *, place: str) -> Any:
    if kind is datetime:
        try:
            return datetime.fromisoformat(_exactly(told, str, place=place))
        except ValueError as exc:
            raise AnswerUnreadable(f"{place} is no time") from exc
    if kind is date:
        try:
            return date.fromisoformat(_exactly(told, str, place=place))
        except ValueError as exc:
            raise AnswerUnreadable(f"{place} is no day") from exc
    if kind is float and isinstance(told, int) and not isinstance(told, bool):
        return float(told)
    return _exactly(told, kind, place=place)


def _exactly(told: object, kind: type[_T], *, place: str) -> _T:
    if not isinstance(told, kind) or (kind is int and isinstance(told, bool)):
        raise AnswerUnreadable(f"{place} is no {kind.__name__}")
    return told


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)
