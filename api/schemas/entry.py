"""Signing in, sessions, tokens and systems: what is sent, and what the one who asks is told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from api.schemas.wire import Asked, Moment, Told


class SignIn(Asked):
    """A name and a password."""

    login: str = Field(min_length=1, max_length=128, examples=["can-bo"])
    password: SecretStr = Field(min_length=1, max_length=256, examples=["correct horse battery staple"])


class SessionTold(Told):
    """An open session: its door, who it is, and the secret that changes must carry in `X-CSRF-Token`."""

    door: str = Field(examples=["staff"])
    login: str = Field(examples=["can-bo"])
    subject_id: str
    agency_code: str | None
    roles: list[str] = Field(examples=[["certifier", "counter_clerk"]])
    csrf_token: str = Field(repr=False)
    ends_at: Moment
    method: str = Field(
        examples=["password"], description="How the owner showed who they are: password, passkey, link, oidc."
    )
    assurance: str | None = Field(default=None, description="The level that an identity provider stated.")
    fresh_until: Moment = Field(description="Until then what needs a step-up may be done.")
    reach: str = Field(default="whole", examples=["whole"], description="As in the list of sessions.")


class Confirmation(Asked):
    """The password once more."""

    password: SecretStr = Field(min_length=1, max_length=256)


class PasskeyEntry(Asked):
    """What a passkey answered."""

    answer: str = Field(max_length=20_000, description="What the browser's passkey answered, as JSON.", repr=False)


class PasskeyLine(Told):
    """One passkey in the list of its owner."""

    passkey_id: str
    created_at: Moment
    last_used_at: Moment | None


class PasskeyList(Told):
    """The passkeys of one person."""

    items: list[PasskeyLine]


class RecoveryAsked(Asked):
    """Whose account is to be recovered."""

    login: str = Field(min_length=1, max_length=128, examples=["can-bo"])


class RecoveryTold(Told):
    """A recovery that waits for a second administrator, or was confirmed."""

    recovery_id: str
    login: str
    asked_by: str
    asked_at: Moment
    ends_at: Moment
    confirmed_at: Moment | None


class RecoveryList(Told):
    """Recoveries, newest first."""

    items: list[RecoveryTold]


class RecoveryLinkTold(RecoveryTold):
    """A confirmed recovery with its link, which is told this once and signs in once."""

    link: str = Field(repr=False)


class LeavingTold(Told):
    """How much ended with a person's leaving."""

    accounts: int
    sessions: int
    tokens: int
    passkeys: int


class NewPassword(Asked):
    """A new password of the one signed in, and the present one where there is one."""

    password: SecretStr = Field(min_length=1, max_length=256)
    current: SecretStr | None = Field(default=None, max_length=256)


class SessionLine(Told):
    """One open session in the list of its owner."""

    session_id: str
    created_at: Moment
    last_seen_at: Moment
    ends_at: Moment
    method: str
    is_current: bool
    reach: str = Field(
        default="whole",
        examples=["whole"],
        description="What it may do of what its owner may: whole, act (a command line: all but the account), look.",
    )
    machine: str | None = Field(default=None, description="The name that a command line gave its machine.")


class LineSignInAsked(Asked):
    """A command line asks to be let in: for which account, on which machine, and whether it wants to look only."""

    login: str = Field(min_length=1, max_length=128, pattern=r"\S", examples=["can-bo"])
    machine: str = Field(
        pattern=r"^[A-Za-z0-9._-]{1,64}$", examples=["may-quay-3"], description="A name; anybody can claim any."
    )
    reach: Literal["act", "look"] = Field(default="act", description="look: reading only.")


class LineSignInTold(Told):
    """What a command line keeps (`secret`), and what it shows to a person (`code`, to be typed at `page`)."""

    secret: str = Field(repr=False)
    code: str = Field(repr=False, examples=["BCDF-GHJK"])
    page: str = Field(examples=["/line"], description="The page of this office where the code is typed.")
    ends_at: Moment
    interval_seconds: int = Field(examples=[1], description="Ask for the session no oftener than this.")


class LineSecret(Asked):
    """The secret that a command line kept."""

    secret: SecretStr = Field(min_length=1, max_length=128)


class LineCode(Asked):
    """The code that a command line shows."""

    code: str = Field(min_length=8, max_length=16, pattern=r"^[A-Za-z -]+$", examples=["BCDF-GHJK"], repr=False)


class LineAnswer(LineCode):
    """What the owner of the account says to it."""

    answer: Literal["approved", "declined"]


class LineQuestionTold(Told):
    """Who asks to be let in: compare it with what is in front of you."""

    machine: str = Field(description="The name that it gave its machine; anybody can claim any.")
    address: str = Field(description="The address it asks from, as this service sees it.")
    is_own_address: bool = Field(description="Whether the one who approves comes from the same address.")
    reach: str = Field(examples=["act"])
    begun_at: Moment
    ends_at: Moment


class SessionList(Told):
    """The open sessions of one account."""

    items: list[SessionLine]


class TokenAsked(Asked):
    """A token for programs of the one signed in."""

    label: str = Field(min_length=1, max_length=64, examples=["nightly export"])
    scopes: list[str] = Field(min_length=1, max_length=16, examples=[["copies:read"]])
    days: int = Field(default=30, ge=1, le=366)


class TokenTold(Told):
    """A token without its secret."""

    token_id: str
    label: str
    scopes: list[str]
    created_at: Moment
    ends_at: Moment
    last_used_at: Moment | None
    revoked_at: Moment | None
    is_open: bool = Field(description="Whether it lets anybody in now.")


class NewTokenTold(TokenTold):
    """A token with its secret, which is told this once: send it as `Authorization: Bearer`."""

    token: str = Field(repr=False)


class TokenList(Told):
    """The tokens of one account, newest first."""

    items: list[TokenTold]


class ClientAsked(Asked):
    """A system that is to act for an agency."""

    login: str = Field(min_length=1, max_length=128, examples=["portal-thidu"])
    label: str = Field(min_length=1, max_length=64, examples=["Portal"])
    agency_code: str = Field(min_length=1, max_length=64)
    roles: list[str] = Field(min_length=1, max_length=8, examples=[["counter_clerk"]])
    scopes: list[str] = Field(min_length=1, max_length=16, examples=[["copies:read", "copies:write"]])


class ClientTold(Told):
    """A registered system without its secret."""

    client_id: str
    login: str
    label: str
    agency_code: str
    roles: list[str]
    scopes: list[str]
    created_at: Moment
    last_used_at: Moment | None
    closed_at: Moment | None


class NewClientTold(ClientTold):
    """A registered system with its secret, which is told this once."""

    client_secret: str = Field(repr=False)


class ClientList(Told):
    """Registered systems, newest first."""

    items: list[ClientTold]


class AccessTold(Told):
    """What a system is given (RFC 6749, 5.1)."""

    access_token: str = Field(repr=False)
    token_type: str = Field(default="Bearer")
    expires_in: int
    scope: str


class OauthProblem(Told):
    """Why a system is given no token (RFC 6749, 5.2)."""

    error: str = Field(examples=["invalid_client"])
    error_description: str | None = None
