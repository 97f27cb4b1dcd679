"""Signing in: what is sent, and what the one who is signed in is told."""

from __future__ import annotations

from pydantic import Field, SecretStr

from api.schemas.wire import Asked, Moment, Told


class SignIn(Asked):
    """A name and a password."""

    login: str = Field(min_length=1, max_length=128, examples=["can-bo"])
    password: SecretStr = Field(min_length=1, max_length=256, examples=["correct horse battery staple"])


class SessionTold(Told):
    """An open session: its door, who it is, and the secret that changes must carry in `X-CSRF-Token`."""

    door: str = Field(examples=["staff"])
    subject_id: str
    agency_code: str | None
    roles: list[str] = Field(examples=[["certifier", "counter_clerk"]])
    csrf_token: str = Field(repr=False)
    ends_at: Moment
