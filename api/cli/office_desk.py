"""Where an office is administered: the acts that commands know, and which of the two desks they go to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol

from api.cli.books import open_books
from api.cli.console import Console
from api.cli.office_here import OfficeHere
from api.cli.place import Place
from api.cli.target import Row, check_here, open_client


class OfficeDesk(Protocol):
    """The acts of an administrator; lines are told in the form that the commands print.

    At this machine a person is named by login and every agency is in reach; elsewhere a person is named by id, and the
    one who signed in reaches their own agency and those below it.
    """

    def agencies(self) -> list[Row]:
        """The agencies."""

    def staff(self, agency: str | None) -> list[Row]:
        """The people of an agency."""

    def found_agency(self, asked: Row) -> None:
        """Enter an agency: `asked` is the body of `POST /v1/agencies`."""

    def abolish_agency(self, code: str, asked: Row) -> int:
        """End an agency: `asked` is the body of its abolition; gives how many open cases went on."""

    def allow_sealing(self, code: str, asked: Row) -> None:
        """Let an agency seal by itself: `asked` is the body of its seal policies."""

    def four_eyes(self, code: str) -> list[Row]:
        """The decisions by which an agency asks for two people, newest first."""

    def ask_four_eyes(self, code: str, asked: Row) -> str:
        """Ask for two people at an agency: `asked` is the body of its route; gives the id of the decision."""

    def end_four_eyes(self, policy_id: str) -> tuple[str, str]:
        """End such a decision; gives the agency's code and the decision's number."""

    def take_on(self, asked: Row) -> str:
        """Enter a person: `asked` is the body of `POST /v1/staff`; gives the staff id."""

    def change_person(self, person: str, asked: Row) -> None:
        """Change an entry: `asked` is the body of `PATCH /v1/staff/{staff_id}`."""

    def invite(self, person: str) -> str:
        """Give an address that signs a person in once; elsewhere only one who never came in."""

    def let_leave(self, person: str) -> None:
        """Let a person leave now."""

    def open_book(self, agency: str | None, *, volume: int) -> str:
        """Open the register book of this year; gives its name."""

    def make_token(self, login: str, asked: Row) -> tuple[str, str]:
        """Make a token: `asked` is the body of `POST /v1/tokens`; gives its id and, this once, its secret."""

    def tokens(self, login: str) -> list[Row]:
        """The tokens of a person, newest first."""

    def revoke_token(self, login: str, token_id: str) -> None:
        """Revoke a token."""

    def delegations(self, person: str) -> list[Row]:
        """The delegations of a person, newest first."""

    def delegate(self, person: str, asked: Row) -> str:
        """Enter a delegation: `asked` is the body of `POST /v1/delegations` without the person; gives its id."""

    def end_delegation(self, delegation_id: str) -> None:
        """End a delegation now."""

    def keys(self) -> list[Row]:
        """The keys, by id."""

    def ending_keys(self) -> list[Row]:
        """The keys that end within ninety days, or have ended."""

    def walk_paths(self) -> list[Row]:
        """How far each signing path comes without a person and a document."""

    def change_key(self, key_id: str, *, change: str, reason: str) -> str:
        """Suspend, resume or retire a key; gives its state."""

    def revoke_key(self, key_id: str, *, reason: str) -> None:
        """Stop a key for ever, and say what was done and which authority must be told."""

    def subscribe(self, agency: str | None, *, url: str, events: list[str]) -> tuple[str, str]:
        """Add a webhook; gives its id and, this once, its secret."""

    def webhooks(self, agency: str | None) -> list[Row]:
        """The webhooks, newest first."""

    def try_webhook(self, webhook_id: str) -> str:
        """Leave a test event; gives the id of its sending."""

    def sendings(self, webhook_id: str, *, state: str | None) -> list[Row]:
        """The sendings of a webhook, newest first."""

    def replay(
        self, webhook_id: str, delivery_ids: list[str], *, since: str | None = None, until: str | None = None
    ) -> int:
        """Send events again; gives how many."""

    def renew_secret(self, webhook_id: str) -> str:
        """Make a new secret, told this once."""

    def set_webhook_state(self, webhook_id: str, state: str) -> str:
        """Disable or enable a webhook; gives its state."""

    def unsubscribe(self, webhook_id: str) -> None:
        """End a webhook."""


@contextlib.contextmanager
def open_office(console: Console, place: Place) -> Iterator[OfficeDesk]:
    """Open the desk at which an office is administered.

    Raises:
        RequestInvalid: as `open_client`.
    """
    if place.server is None:
        check_here(place)
        with open_books(console) as books:
            yield OfficeHere(console, books)
        return
    # Imported when it is known where: who acts here does not wait for what speaks HTTP.
    from api.cli.office_there import OfficeThere  # noqa: PLC0415

    with open_client(console, place) as client:
        yield OfficeThere(console, client)
