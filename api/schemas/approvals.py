"""What an officer sends to approve several copies, to register a passkey and to try a token, and what is answered."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue, SecretStr

from api.schemas.wire import Asked, Moment, Problem, Sha256Hex, Told, UlidText

_Answer = Annotated[
    str, Field(max_length=20_000, description="What the browser's passkey answered, as JSON.", repr=False)
]


class LineAsked(Asked):
    """One copy, and the digest of what was shown of it."""

    item_id: UlidText
    sha256: Sha256Hex


class LinesAsked(Asked):
    """The copies to approve, in the order that is bound."""

    items: list[LineAsked] = Field(min_length=1, max_length=50)


class PasskeyAnswered(Asked):
    """A passkey's answer, with the deadline it was asked with."""

    answer: _Answer
    expires_at: AwareDatetime


class BatchAsked(LinesAsked):
    """Exactly one of `pin`, `passkey` and `token`: the first two open a key of the office, the third asks a token."""

    checklist: list[str] = Field(max_length=50)
    pin: SecretStr | None = None
    passkey: PasskeyAnswered | None = None
    token: bool = Field(default=False, description="The key is in a token in the officer's own machine.")


class QuestionsAsked(Asked):
    """Approved copies for which the officer's token is to sign."""

    items: list[UlidText] = Field(min_length=1, max_length=50)


class QuestionTold(Told):
    """What the token has to sign for one copy, or why there is nothing to sign (now)."""

    item_id: UlidText
    title: str
    certificate_sha256: Sha256Hex | None = None
    to_be_signed: str | None = Field(default=None, description="Base64.")
    expires_at: Moment | None = None
    problem: Problem | None = None


class QuestionsTold(Told):
    """The copies in the order they were asked for."""

    items: list[QuestionTold]


class SignatureGiven(Asked):
    """What the token answered for one copy."""

    item_id: UlidText
    signature: Annotated[str, Field(max_length=2048, description="Base64.")]


class SignaturesGiven(Asked):
    """The token's signatures."""

    items: list[SignatureGiven] = Field(min_length=1, max_length=50)


class OptionsTold(Told):
    """What the browser is to ask the passkey."""

    options: dict[str, JsonValue]
    expires_at: Moment


class LineTold(Told):
    """What became of one copy: an operation to follow, or why it was refused."""

    item_id: UlidText
    title: str
    operation_id: str | None = None
    problem: Problem | None = None


class BatchTold(Told):
    """The copies in the order they were sent."""

    items: list[LineTold]
    approved: int
    refused: int
