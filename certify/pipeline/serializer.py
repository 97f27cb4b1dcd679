"""What a workflow row may hold: JSON of ids, digests and codes; never pickled objects, never a message of strangers."""

from __future__ import annotations

import json
from typing import Any, Final

from dbos import Serializer

from certify.errors import StepFailed

SERIALIZATION: Final = "vidimus_json"
_FAILURE: Final = "__failure__"
# Messages of our own packages are written without names, numbers and document text; those of libraries are not.
_OUR_PACKAGES: Final = frozenset({"certify", "signing", "vault", "ocr", "keys", "guard"})


class JsonSerializer(Serializer):
    """Write values as JSON and exceptions as {name, code, message}; read them back as values and `StepFailed`."""

    def name(self) -> str:
        """The tag each row of ours carries."""
        return SERIALIZATION

    def serialize(self, data: Any) -> str:
        """Write a value; an exception keeps its message only when one of our packages raised it."""
        return json.dumps(_failure(data) if isinstance(data, BaseException) else data, ensure_ascii=False)

    # The engine's base class names its first argument so, and mypy holds an override to the names of the base.
    def deserialize(cls, serialized_data: str) -> Any:  # noqa: N805
        """Read a value or a failure; nothing read here can run code."""
        value = json.loads(serialized_data)
        if isinstance(value, dict) and set(value) == {_FAILURE}:
            fields = value[_FAILURE]
            return StepFailed(name=fields["name"], code=fields["code"], message=fields["message"])
        return value


def _failure(error: BaseException) -> dict[str, dict[str, str]]:
    if isinstance(error, StepFailed):
        return {_FAILURE: {"name": error.name, "code": error.code, "message": error.message}}
    ours = type(error).__module__.split(".")[0] in _OUR_PACKAGES
    return {
        _FAILURE: {
            "name": type(error).__name__,
            "code": str(getattr(error, "code", "")) if ours else "",
            "message": str(error) if ours else "",
        }
    }
