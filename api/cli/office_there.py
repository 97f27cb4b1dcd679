"""An office administered at a Vidimus elsewhere, by its API, as the administrator who signed in for this command."""

from __future__ import annotations

from api.cli.console import Console
from api.cli.establishment_there import EstablishmentThere, asked_moment, moment
from api.cli.target import Row
from api.client import Vidimus, new_key
from api.errors import RequestInvalid


class OfficeThere(EstablishmentThere):
    """Acts by a connection that is open; answers are put into the form that the commands print."""

    def __init__(self, console: Console, client: Vidimus) -> None:
        """Act by this connection."""
        self._console, self._client = console, client

    def agencies(self) -> list[Row]:
        """The agencies."""
        return [
            {
                "code": one["code"],
                "name": one["name"]["vi"],
                "level": one["level"],
                "seal_key": one["seal_key_id"],
                "valid_from": moment(one["valid_from"]),
                "valid_to": moment(one["valid_to"]),
            }
            for one in self._client.every("/v1/agencies")
        ]

    def staff(self, agency: str | None) -> list[Row]:
        """The people of an agency; the own one when none is named."""
        return [
            {
                "staff_id": one["staff_id"],
                "name": one["name"],
                "position": one["position"],
                "roles": ",".join(one["roles"]),
                "key": one["key_id"],
                "left_at": moment(one["left_at"]),
            }
            for one in self._client.every("/v1/staff", agency=agency)
        ]

    def delegations(self, person: str) -> list[Row]:
        """The delegations of a person, newest first."""
        return [
            {
                "delegation_id": one["delegation_id"],
                "capacity": one["capacity"],
                "on_behalf_of": one["on_behalf_of"],
                "scope": one["scope"],
                "decision": one["decision_number"],
                "valid_from": moment(one["valid_from"]),
                "valid_until": moment(one["valid_until"]),
                "ended_at": moment(one["ended_at"]),
                "holds_now": one["holds_now"],
            }
            for one in self._client.ask("GET", f"/v1/staff/{person}/delegations")["items"]
        ]

    def delegate(self, person: str, asked: Row) -> str:
        """Enter a delegation; gives its id."""
        body = asked | {
            "staff_id": person,
            "valid_from": asked_moment(asked["valid_from"], field="from"),
            "valid_until": asked_moment(asked["valid_until"], field="until"),
        }
        return str(self._client.ask("POST", "/v1/delegations", json=body, key=new_key())["delegation_id"])

    def end_delegation(self, delegation_id: str) -> None:
        """End a delegation now."""
        self._client.ask("DELETE", f"/v1/delegations/{delegation_id}")

    def keys(self) -> list[Row]:
        """The keys of the inventory, by id."""
        return [
            {
                "key_id": one["key_id"],
                "algorithm": one["algorithm"],
                "serial": one["serial"],
                "not_after": moment(one["not_after"]),
                "unattended": one["unattended"],
                "status": one["status"],
                "kind": one["kind"],
                "owner": one["owner_id"],
                "attestation": one["attestation"],
                "place": one["place"],
            }
            for one in self._client.every("/v1/keys")
        ]

    def ending_keys(self) -> list[Row]:
        """The keys that end within ninety days, or have ended."""
        return [
            {
                "key_id": one["key_id"],
                "kind": one["kind"],
                "owner": one["owner_id"],
                "not_after": moment(one["not_after"]),
                "days_left": one["days_left"],
                "band_days": one["band_days"],
            }
            for one in self._client.ask("GET", "/v1/keys/ending")["items"]
        ]

    def walk_paths(self) -> list[Row]:
        """How far each signing path comes."""
        steps: list[Row] = self._client.ask("POST", "/v1/keys/dry-run")["steps"]
        return [{name: step[name] for name in ("path", "step", "code")} for step in steps]

    def change_key(self, key_id: str, *, change: str, reason: str) -> str:
        """Suspend, resume or retire a key; gives its state."""
        path = f"/v1/keys/{key_id}"
        seen = self._client.look(path).etag
        return str(
            self._client.ask("POST", f"{path}/changes/{change}", json={"reason": reason}, if_match=seen)["status"]
        )

    def revoke_key(self, key_id: str, *, reason: str) -> None:
        """Stop a key for ever, and say who must be told."""
        path = f"/v1/keys/{key_id}"
        seen = self._client.look(path).etag
        told = self._client.ask("POST", f"{path}/revocation", json={"reason": reason}, if_match=seen)
        self._console.tell("cli.key.changed", key_id=key_id, status=told["status"])
        if told["tell_authority"]:
            self._console.tell("cli.key.tell_authority", serial=told["serial"] or "-")

    def subscribe(self, agency: str | None, *, url: str, events: list[str]) -> tuple[str, str]:
        """Add a webhook of the own agency."""
        self._only_own(agency)
        made = self._client.ask("POST", "/v1/webhooks", json={"url": url, "events": events})
        return made["webhook_id"], made["secret"]

    def webhooks(self, agency: str | None) -> list[Row]:
        """The webhooks of the own agency, newest first."""
        own = self._only_own(agency)
        return [
            {
                "webhook_id": one["webhook_id"],
                "agency": own,
                "url": one["url"],
                "events": ",".join(one["events"]),
                "state": one["state"],
                "code": one["state_code"],
                "failing_since": moment(one["failing_since"]),
            }
            for one in self._client.ask("GET", "/v1/webhooks")["items"]
        ]

    def try_webhook(self, webhook_id: str) -> str:
        """Leave a test event."""
        return str(self._client.ask("POST", f"/v1/webhooks/{webhook_id}/test", key=new_key())["delivery_id"])

    def sendings(self, webhook_id: str, *, state: str | None) -> list[Row]:
        """The sendings of a webhook, newest first."""
        return [
            {
                "delivery_id": one["delivery_id"],
                "channel": "WEBHOOK",
                "state": one["state"],
                "attempts": one["attempts"],
                "code": one["code"],
                "target": webhook_id,
                "subject_id": one["webhook_message_id"].removeprefix("msg_"),
                "created_at": moment(one["created_at"]),
                "due_at": moment(one["due_at"]),
                "ended_at": moment(one["ended_at"]),
            }
            for one in self._client.every(f"/v1/webhooks/{webhook_id}/deliveries")
            if state is None or one["state"] == state
        ]

    def replay(
        self, webhook_id: str, delivery_ids: list[str], *, since: str | None = None, until: str | None = None
    ) -> int:
        """Send events again."""
        body: Row = {"delivery_ids": delivery_ids}
        for name, text in (("since", since), ("until", until)):
            if text:
                body[name] = asked_moment(text, field=name)
        return int(self._client.ask("POST", f"/v1/webhooks/{webhook_id}/replay", json=body, key=new_key())["count"])

    def renew_secret(self, webhook_id: str) -> str:
        """Make a new secret."""
        return str(self._client.ask("POST", f"/v1/webhooks/{webhook_id}/secret")["secret"])

    def set_webhook_state(self, webhook_id: str, state: str) -> str:
        """Disable or enable a webhook."""
        path = f"/v1/webhooks/{webhook_id}"
        seen = self._client.look(path).etag
        return str(self._client.ask("PATCH", path, json={"state": state}, if_match=seen)["state"])

    def unsubscribe(self, webhook_id: str) -> None:
        """End a webhook."""
        self._client.ask("DELETE", f"/v1/webhooks/{webhook_id}")

    def _only_own(self, agency: str | None) -> str:
        own = str(self._client.ask("GET", "/v1/sessions/current")["agency_code"])
        if agency not in {None, own}:
            raise RequestInvalid("at a server webhooks are those of one's own agency", field="agency")
        return own
