"""Agencies, people, books and tokens of an office at a Vidimus elsewhere."""

from __future__ import annotations

from datetime import datetime

from api.cli.books import read_moment
from api.cli.target import Row
from api.client import Vidimus, new_key
from api.errors import RequestInvalid
from api.home import DEFAULT_COUNTRY
from certify import load_law


class EstablishmentThere:
    """Acts by a connection that is open; a person is named by staff id, and the own tree of agencies is in reach."""

    _client: Vidimus

    def found_agency(self, asked: Row) -> None:
        """Enter an agency below one's own."""
        start = asked["valid_from"]
        body = asked | {"valid_from": asked_moment(start, field="from") if start else None}
        self._client.ask("POST", "/v1/agencies", json=body, key=new_key())

    def abolish_agency(self, code: str, asked: Row) -> int:
        """End an agency below one's own."""
        since = asked["since"]
        body = asked | {"since": asked_moment(since, field="on") if since else None}
        place = f"/v1/agencies/{code}"
        seen = self._client.look(place).etag
        return int(self._client.ask("POST", f"{place}/abolition", json=body, if_match=seen)["moved_cases"])

    def allow_sealing(self, code: str, asked: Row) -> None:
        """Let an agency seal by itself within a window."""
        body = asked | {
            "valid_from": asked_moment(asked["valid_from"], field="from"),
            "valid_until": asked_moment(asked["valid_until"], field="until"),
        }
        self._client.ask("POST", f"/v1/agencies/{code}/seal-policies", json=body, key=new_key())

    def four_eyes(self, code: str) -> list[Row]:
        """The decisions by which an agency asks for two people."""
        return [
            {
                "decision_id": one["policy_id"],
                "decision_number": one["decision_number"],
                "doc_type": one["doc_type"],
                "valid_from": moment(one["valid_from"]),
                "valid_until": moment(one["valid_until"]),
                "holds": one["holds"],
            }
            for one in self._client.ask("GET", f"/v1/agencies/{code}/four-eyes")["items"]
        ]

    def ask_four_eyes(self, code: str, asked: Row) -> str:
        """Ask for two people at an agency."""
        times = {"valid_from": "from", "valid_until": "until"}
        named = {name: asked_moment(asked[name], field=field) for name, field in times.items() if asked[name]}
        body = asked | dict.fromkeys(times) | named
        return str(self._client.ask("POST", f"/v1/agencies/{code}/four-eyes", json=body, key=new_key())["policy_id"])

    def end_four_eyes(self, policy_id: str) -> tuple[str, str]:
        """End such a decision."""
        own = self._client.ask("GET", "/v1/sessions/current")["agency_code"]
        told = self._client.ask("POST", f"/v1/agencies/{own}/four-eyes/{policy_id}/end")
        return told["agency_code"], told["decision_number"]

    def take_on(self, asked: Row) -> str:
        """Enter a person with an account."""
        return str(self._client.ask("POST", "/v1/staff", json=asked, key=new_key())["staff_id"])

    def change_person(self, person: str, asked: Row) -> None:
        """Change name, position or roles of a person, from the entry as it stands."""
        place = f"/v1/staff/{person}"
        self._client.ask("PATCH", place, json=asked, if_match=self._client.look(place).etag)

    def invite(self, person: str) -> str:
        """Give an address that signs a person in for the first time."""
        return str(self._client.ask("POST", f"/v1/staff/{person}/invitation")["link"])

    def let_leave(self, person: str) -> None:
        """Let a person leave now."""
        self._client.ask("POST", f"/v1/staff/{person}/leaving")

    def open_book(self, agency: str | None, *, volume: int) -> str:
        """Open the register book of this year, of the own agency."""
        own = self._client.ask("GET", "/v1/sessions/current")["agency_code"]
        if agency not in {None, own}:
            raise RequestInvalid("at a server a book is opened by its own agency", field="agency")
        made = self._client.ask("POST", "/v1/register/books", json={"volume": volume}, key=new_key())
        return str(made["display"])

    def make_token(self, login: str, asked: Row) -> tuple[str, str]:
        """Make a token for own programs."""
        self._check_own(login)
        made = self._client.ask("POST", "/v1/tokens", json=asked)
        return str(made["token_id"]), str(made["token"])

    def tokens(self, login: str) -> list[Row]:
        """The own tokens, newest first."""
        self._check_own(login)
        return [
            {
                "token_id": one["token_id"],
                "label": one["label"],
                "scopes": ",".join(one["scopes"]),
                "ends_at": moment(one["ends_at"]),
                "last_used_at": moment(one["last_used_at"]),
                "is_open": one["is_open"],
            }
            for one in self._client.ask("GET", "/v1/tokens")["items"]
        ]

    def revoke_token(self, login: str, token_id: str) -> None:
        """Revoke one's own token."""
        self._check_own(login)
        self._client.ask("DELETE", f"/v1/tokens/{token_id}")

    def _check_own(self, login: str) -> None:
        if self._client.ask("GET", "/v1/sessions/current")["login"] != login:
            raise RequestInvalid("at a server tokens are those of the one who signs in", field="login")


def moment(text: str | None) -> str | None:
    """Put a time into the form in which the books of this machine are printed."""
    return None if text is None else datetime.fromisoformat(text).isoformat()


def asked_moment(text: str, *, field: str) -> str:
    """Read a day or an instant as the office's country has it.

    Raises:
        RequestInvalid: it is neither.
    """
    return read_moment(text, zone=load_law(DEFAULT_COUNTRY).timezone, field=field).isoformat()
