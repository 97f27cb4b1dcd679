"""Agencies, people, books and tokens of an office in the home of this machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy.engine import Connection

from api.acts.establishment import PersonChange, PersonForm, enter_person, with_change
from api.acts.four_eyes import known_type
from api.acts.leaving import leave_office
from api.cli.books import Books, staff_id_of
from api.cli.target import Row
from api.errors import LoginRefused, RequestInvalid
from api.identity import (
    Account,
    create_login_link,
    create_token,
    find_account,
    list_tokens,
    read_scopes,
    revoke_token,
)
from certify import (
    Agency,
    Role,
    abolish,
    add_agency,
    add_seal_policy,
    change_staff,
    get_agency,
    get_staff,
    open_book,
)
from certify.counter import add_four_eyes, end_four_eyes, list_four_eyes

_LINK_LIFETIME: Final = timedelta(hours=1)


class EstablishmentHere:
    """Acts on open books; a person is named by login, and every agency is in reach."""

    _books: Books
    _base_url: str

    def found_agency(self, asked: Row) -> None:
        """Enter an agency."""
        books = self._books
        start = asked["valid_from"]
        since = books.moment(start, field="from") if start else books.clock.now()
        with books.database.transaction() as tx:
            if asked["parent_code"] is not None:
                get_agency(tx, asked["parent_code"])
            names = asked["name"]
            add_agency(
                tx,
                Agency(
                    asked["code"],
                    names["vi"],
                    names["en"],
                    names["fr"],
                    asked["level"],
                    asked["parent_code"],
                    None,
                    asked["book_suffix"],
                    since,
                    None,
                    asked["name_local"],
                ),
            )

    def abolish_agency(self, code: str, asked: Row) -> int:
        """End an agency; gives how many open cases went on."""
        books, since = self._books, asked["since"]
        with books.database.transaction() as tx:
            at = books.clock.now()
            return abolish(
                tx,
                code,
                successors=asked["successors"],
                decision_number=asked["decision_number"],
                since=books.moment(since, field="on") if since else at,
                at=at,
            )

    def allow_sealing(self, code: str, asked: Row) -> None:
        """Let an agency seal by itself within a window."""
        books = self._books
        with books.database.transaction() as tx:
            get_agency(tx, code)
            add_seal_policy(
                tx,
                policy_id=books.new_id(),
                agency_code=code,
                decision_number=asked["decision_number"],
                valid_from=books.moment(asked["valid_from"], field="from"),
                valid_until=books.moment(asked["valid_until"], field="until"),
            )

    def four_eyes(self, code: str) -> list[Row]:
        """The decisions by which an agency asks for two people."""
        with self._books.database.read() as tx:
            get_agency(tx, code)
            found = list_four_eyes(tx, code)
        at = self._books.clock.now()
        return [
            {
                "decision_id": one.policy_id,
                "decision_number": one.decision_number,
                "doc_type": one.doc_type,
                "valid_from": one.valid_from.isoformat(),
                "valid_until": one.valid_until.isoformat() if one.valid_until else None,
                "holds": one.holds_at(at),
            }
            for one in found
        ]

    def ask_four_eyes(self, code: str, asked: Row) -> str:
        """Ask for two people at an agency."""
        books, since, until = self._books, asked["valid_from"], asked["valid_until"]
        with books.database.transaction() as tx:
            get_agency(tx, code)
            made = add_four_eyes(
                tx,
                agency_code=code,
                decision_number=asked["decision_number"],
                valid_from=books.moment(since, field="from") if since else books.clock.now(),
                valid_until=books.moment(until, field="until") if until else None,
                doc_type=known_type(books.law, asked["doc_type"]),
                random_bytes=books.random_bytes,
            )
        return made.policy_id

    def end_four_eyes(self, policy_id: str) -> tuple[str, str]:
        """End such a decision."""
        books = self._books
        with books.database.transaction() as tx:
            ended = end_four_eyes(tx, policy_id, ended_by=None, at=books.clock.now(), random_bytes=books.random_bytes)
        return ended.agency_code, ended.decision_number

    def take_on(self, asked: Row) -> str:
        """Enter a person with an account; gives the staff id."""
        books = self._books
        form = PersonForm(
            asked["login"], asked["agency_code"], asked["name"], asked["position"], _roles(asked["roles"])
        )
        with books.database.transaction() as tx:
            get_agency(tx, form.agency_code)
            return enter_person(tx, form, at=books.clock.now(), random_bytes=books.random_bytes).staff_id

    def change_person(self, person: str, asked: Row) -> None:
        """Change name, position or roles of a person."""
        change = PersonChange(
            asked.get("name"), asked.get("position"), _roles(asked["roles"]) if "roles" in asked else None
        )
        with self._books.database.transaction() as tx:
            seen = get_staff(tx, staff_id_of(tx, person))
            change_staff(tx, seen, with_change(seen, change))

    def invite(self, person: str) -> str:
        """Give an address that signs a person in once, within an hour; at the console also one who came in before."""
        books = self._books
        with books.database.transaction() as tx:
            staff_id_of(tx, person)
            token = create_login_link(
                tx,
                account_id=find_account(tx, person).account_id,
                at=books.clock.now(),
                lifetime=_LINK_LIFETIME,
                random_bytes=books.random_bytes,
            )
        return f"{self._base_url}/in/{token}"

    def let_leave(self, person: str) -> None:
        """Let a person leave now."""
        with self._books.database.transaction() as tx:
            leave_office(tx, staff_id_of(tx, person), at=self._books.clock.now())

    def open_book(self, agency: str | None, *, volume: int) -> str:
        """Open the register book of this year; gives its name."""
        books = self._books
        with books.database.transaction() as tx:
            return open_book(
                tx,
                agency_code=_named(agency),
                law=books.law,
                at=books.clock.now(),
                random_bytes=books.random_bytes,
                volume=volume,
            ).display

    def make_token(self, login: str, asked: Row) -> tuple[str, str]:
        """Make a token for programs of a person; gives its id and, this once, its secret."""
        books = self._books
        with books.database.transaction() as tx:
            secret, token = create_token(
                tx,
                _account(tx, login),
                label=asked["label"],
                scopes=read_scopes(asked["scopes"]),
                days=asked["days"],
                at=books.clock.now(),
                random_bytes=books.random_bytes,
            )
        return token.token_id, secret

    def tokens(self, login: str) -> list[Row]:
        """The tokens of a person, newest first."""
        with self._books.database.read() as tx:
            found, now = list_tokens(tx, _account(tx, login).account_id), self._books.clock.now()
        return [
            {
                "token_id": token.token_id,
                "label": token.label,
                "scopes": ",".join(sorted(scope.value for scope in token.scopes)),
                "ends_at": token.ends_at.isoformat(),
                "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
                "is_open": token.is_open(now),
            }
            for token in found
        ]

    def revoke_token(self, login: str, token_id: str) -> None:
        """Revoke a token; its next use is refused."""
        with self._books.database.transaction() as tx:
            revoke_token(tx, _account(tx, login).account_id, token_id, at=self._books.clock.now())


def _named(agency: str | None) -> str:
    if agency is None:
        raise RequestInvalid("name the agency; this machine serves all of them", field="agency")
    return agency


def _roles(words: list[str]) -> frozenset[Role]:
    return frozenset(Role(word) for word in words)


def _account(tx: Connection, login: str) -> Account:
    try:
        return find_account(tx, login)
    except LoginRefused as exc:
        raise RequestInvalid(f"no open account has the name {login}", field="user") from exc
