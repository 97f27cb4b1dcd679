"""The administrator's door: agencies, people, delegations, keys, systems, webhooks, procedures.

Most of it wants a fresh sign-in (`Vidimus.sign_in`); a token with the scope `admin` reads the lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from api.client.answers import Versioned, every, object_of, versioned
from api.client.values.administration import (
    Abolition,
    Agency,
    AgencyList,
    Colleague,
    ColleagueList,
    Delegation,
    DelegationList,
    DryRun,
    EndingKey,
    EndingKeyList,
    Invitation,
    Key,
    KeyList,
    Leaving,
    Reform,
    SealPolicy,
)
from api.client.values.systems import (
    Client,
    ClientList,
    Import,
    NewClient,
    Replay,
    Sending,
    SendingList,
    Webhook,
    WebhookList,
    WebhookWithSecret,
)
from api.client.wire import Call, Wire, new_key


class Administration:
    """What administrators do, for the own agency and those below it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def agencies(self) -> Iterator[Agency]:
        """Give the agencies in reach."""
        return every(self._wire, "/v1/agencies", AgencyList, lambda page: page.items)

    def agency(self, code: str) -> Versioned[Agency]:
        """Give one agency."""
        return versioned(self._wire.send(Call("GET", f"/v1/agencies/{code}")), Agency)

    def found_agency(
        self, code: str, *, name: Mapping[str, str], parent_code: str, key: str | None = None, **more: Any
    ) -> Agency:
        """Enter an agency under another: `name` in `vi`, `en`, `fr`; `level`, `book_suffix`, `valid_from`, `name_local`."""
        asked = {"code": code, "name": dict(name), "parent_code": parent_code} | _plain(more)
        return object_of(self._post("/v1/agencies", asked, key or new_key()), Agency)

    def abolish(self, agency: Versioned[Agency], *, successors: Sequence[str], decision_number: str) -> Abolition:
        """End an agency now; the first of its successors takes its open cases.

        Raises:
            Refused: `PRECONDITION_FAILED` when it changed since it was read.
        """
        asked = {"successors": list(successors), "decision_number": decision_number}
        path = f"/v1/agencies/{agency.value.code}/abolition"
        call = Call("POST", path, json=asked, headers={"If-Match": agency.etag})
        return object_of(self._wire.send(call), Abolition)

    def reform(
        self,
        kind: str,
        *,
        ending: Sequence[str],
        following: Sequence[str],
        decision_number: str,
        since: datetime,
        dry_run: bool = True,
        new_name: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> Reform:
        """Merge, split or rename agencies (`MERGE`, `SPLIT`, `RENAME`); looks ahead unless `dry_run` is False."""
        asked = {
            "kind": kind,
            "ending": list(ending),
            "following": list(following),
            "decision_number": decision_number,
            "since": since.isoformat(),
            "dry_run": dry_run,
            "new_name": None if new_name is None else dict(new_name),
        }
        return object_of(self._post("/v1/agency-reforms", asked, key or new_key()), Reform)

    def allow_sealing(
        self, code: str, *, decision_number: str, valid_from: datetime, valid_until: datetime, key: str | None = None
    ) -> SealPolicy:
        """Let an agency seal by itself within a window."""
        asked = {
            "decision_number": decision_number,
            "valid_from": valid_from.isoformat(),
            "valid_until": valid_until.isoformat(),
        }
        return object_of(self._post(f"/v1/agencies/{code}/seal-policies", asked, key or new_key()), SealPolicy)

    def people(self, *, agency: str | None = None) -> Iterator[Colleague]:
        """Give the people of an agency; of the own one when none is named."""
        return every(self._wire, "/v1/staff", ColleagueList, lambda page: page.items, query={"agency": agency})

    def person(self, staff_id: str) -> Versioned[Colleague]:
        """Give one person."""
        return versioned(self._wire.send(Call("GET", f"/v1/staff/{staff_id}")), Colleague)

    def take_on(
        self,
        login: str,
        *,
        agency_code: str,
        name: str,
        position: str,
        roles: Sequence[str],
        key: str | None = None,
    ) -> Colleague:
        """Enter a person with an account; `invite` gives the first way in."""
        asked = {
            "login": login,
            "agency_code": agency_code,
            "name": name,
            "position": position,
            "roles": list(roles),
        }
        return object_of(self._post("/v1/staff", asked, key or new_key()), Colleague)

    def change_person(self, person: Versioned[Colleague], **changes: Any) -> Versioned[Colleague]:
        """Change `name`, `position` or `roles` of an entry as it was read.

        Raises:
            Refused: `PRECONDITION_FAILED` when somebody changed it meanwhile.
        """
        path = f"/v1/staff/{person.value.staff_id}"
        call = Call("PATCH", path, json=_plain(changes), headers={"If-Match": person.etag})
        return versioned(self._wire.send(call), Colleague)

    def invite(self, staff_id: str) -> Invitation:
        """Give an address that signs a person in for the first time."""
        return object_of(self._post(f"/v1/staff/{staff_id}/invitation"), Invitation)

    def end_sessions(self, staff_id: str) -> None:
        """End every session of a person."""
        self._wire.send(Call("DELETE", f"/v1/staff/{staff_id}/sessions"))

    def let_leave(self, staff_id: str) -> Leaving:
        """Let a person leave: account, sessions, tokens, passkeys and delegations end in one act."""
        return object_of(self._post(f"/v1/staff/{staff_id}/leaving"), Leaving)

    def delegations(self, staff_id: str) -> tuple[Delegation, ...]:
        """Give the delegations of a person, newest first."""
        return object_of(self._wire.send(Call("GET", f"/v1/staff/{staff_id}/delegations")), DelegationList).items

    def delegate(
        self,
        staff_id: str,
        *,
        capacity: str,
        on_behalf_of: str,
        decision_number: str,
        valid_from: datetime,
        valid_until: datetime,
        key: str | None = None,
        **more: str,
    ) -> Delegation:
        """Let a person certify within a window, by a numbered decision; `scope` when it is not copies."""
        asked = {
            "staff_id": staff_id,
            "capacity": capacity,
            "on_behalf_of": on_behalf_of,
            "decision_number": decision_number,
            "valid_from": valid_from.isoformat(),
            "valid_until": valid_until.isoformat(),
        } | more
        return object_of(self._post("/v1/delegations", asked, key or new_key()), Delegation)

    def end_delegation(self, delegation_id: str) -> Delegation:
        """End a delegation now."""
        return object_of(self._wire.send(Call("DELETE", f"/v1/delegations/{delegation_id}")), Delegation)

    def inventory(self) -> Iterator[Key]:
        """Give the keys of the inventory."""
        return every(self._wire, "/v1/keys", KeyList, lambda page: page.items)

    def ending_keys(self) -> tuple[EndingKey, ...]:
        """Give the keys that end within ninety days, or have ended."""
        return object_of(self._wire.send(Call("GET", "/v1/keys/ending")), EndingKeyList).items

    def key(self, key_id: str) -> Versioned[Key]:
        """Give one key."""
        return versioned(self._wire.send(Call("GET", f"/v1/keys/{key_id}")), Key)

    def change_key(self, key: Versioned[Key], change: str, *, reason: str) -> Versioned[Key]:
        """Do `suspend`, `resume` or `retire` with a key as it was read."""
        path = f"/v1/keys/{key.value.key_id}/changes/{change}"
        call = Call("POST", path, json={"reason": reason}, headers={"If-Match": key.etag})
        return versioned(self._wire.send(call), Key)

    def revoke_key(self, key: Versioned[Key], *, reason: str) -> Key:
        """Stop a key for ever; `tell_authority` of the answer says whether its issuer must still be told."""
        path = f"/v1/keys/{key.value.key_id}/revocation"
        call = Call("POST", path, json={"reason": reason}, headers={"If-Match": key.etag})
        return object_of(self._wire.send(call), Key)

    def walk_signing_paths(self) -> DryRun:
        """Say how far each signing path comes without a person and a document."""
        return object_of(self._post("/v1/keys/dry-run"), DryRun)

    def systems(self) -> tuple[Client, ...]:
        """Give the systems that act for the agency."""
        return object_of(self._wire.send(Call("GET", "/v1/clients")), ClientList).items

    def register_system(
        self, login: str, *, label: str, agency_code: str, roles: Sequence[str], scopes: Sequence[str]
    ) -> NewClient:
        """Register a system; its secret is told this once."""
        asked = {
            "login": login,
            "label": label,
            "agency_code": agency_code,
            "roles": list(roles),
            "scopes": list(scopes),
        }
        return object_of(self._post("/v1/clients", asked), NewClient)

    def end_system(self, client_id: str) -> None:
        """Close a system for ever, with every token it holds."""
        self._wire.send(Call("DELETE", f"/v1/clients/{client_id}"))

    def webhooks(self) -> tuple[Webhook, ...]:
        """Give the webhooks of the own agency."""
        return object_of(self._wire.send(Call("GET", "/v1/webhooks")), WebhookList).items

    def subscribe(self, url: str, *, events: Sequence[str]) -> WebhookWithSecret:
        """Add a webhook; its secret is told this once."""
        return object_of(self._post("/v1/webhooks", {"url": url, "events": list(events)}), WebhookWithSecret)

    def webhook(self, webhook_id: str) -> Versioned[Webhook]:
        """Give one webhook."""
        return versioned(self._wire.send(Call("GET", f"/v1/webhooks/{webhook_id}")), Webhook)

    def change_webhook(self, webhook: Versioned[Webhook], **changes: Any) -> Versioned[Webhook]:
        """Change `url`, `events` or `state` (`ACTIVE`, `DISABLED`) of a webhook as it was read."""
        path = f"/v1/webhooks/{webhook.value.webhook_id}"
        call = Call("PATCH", path, json=_plain(changes), headers={"If-Match": webhook.etag})
        return versioned(self._wire.send(call), Webhook)

    def renew_secret(self, webhook_id: str) -> WebhookWithSecret:
        """Make a new secret, told this once."""
        return object_of(self._post(f"/v1/webhooks/{webhook_id}/secret"), WebhookWithSecret)

    def try_webhook(self, webhook_id: str, *, key: str | None = None) -> Sending:
        """Leave a test event."""
        return object_of(self._post(f"/v1/webhooks/{webhook_id}/test", None, key or new_key()), Sending)

    def sendings(self, webhook_id: str) -> Iterator[Sending]:
        """Give the sendings of a webhook, newest first."""
        return every(self._wire, f"/v1/webhooks/{webhook_id}/deliveries", SendingList, lambda page: page.items)

    def replay(self, webhook_id: str, delivery_ids: Sequence[str], *, key: str | None = None) -> Replay:
        """Send events again."""
        asked = {"delivery_ids": list(delivery_ids)}
        return object_of(self._post(f"/v1/webhooks/{webhook_id}/replay", asked, key or new_key()), Replay)

    def unsubscribe(self, webhook_id: str) -> None:
        """End a webhook."""
        self._wire.send(Call("DELETE", f"/v1/webhooks/{webhook_id}"))

    def import_procedures(self, content: str, *, form: str = "JSON", keep: bool = False) -> Import:
        """Check a file of procedures (`JSON` or `CSV`), and with `keep` take it in when nothing is wrong."""
        asked = {"form": form, "content": content, "keep": keep}
        return object_of(self._post("/v1/procedures/imports", asked), Import)

    def _post(self, path: str, asked: Any = None, key: str | None = None) -> Any:
        return self._wire.send(Call("POST", path, json=asked, key=key))


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Write times and tuples as JSON has them; what was not given is left out."""
    written: dict[str, Any] = {}
    for name, value in given.items():
        if value is not None:
            moment = value.isoformat() if isinstance(value, datetime) else value
            written[name] = list(moment) if isinstance(moment, tuple) else moment
    return written
