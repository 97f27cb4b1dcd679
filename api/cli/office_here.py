"""An office administered in the home of this machine; who acts is the person at its console."""

from __future__ import annotations

from api.acts import webhooks
from api.cli.books import COMMAND_LINE, Books, staff_id_of
from api.cli.console import Console
from api.cli.establishment_here import EstablishmentHere
from api.cli.notice_group import delivery_row, post_room
from api.cli.revoking import revoke_everywhere
from api.cli.signing_paths import signing_paths
from api.cli.target import Row
from api.delivery.opening import PostRoom
from api.errors import RequestInvalid
from certify import (
    Capacity,
    CredentialEvent,
    Delegation,
    InventoryEntry,
    add_delegation,
    change_credential,
    dry_run,
    end_delegation,
    get_agency,
    get_delegation,
    list_agencies,
    list_delegations,
    list_entries,
    list_staff,
    radar,
)
from keys import Credential, RevocationReason, read_certificate_facts
from vault.delivery import DeliveryState, Webhook, WebhookState

_MOST = 500


class OfficeHere(EstablishmentHere):
    """Acts on open books."""

    def __init__(self, console: Console, books: Books) -> None:
        """Act on these books."""
        self._console, self._books, self._base_url = console, books, console.settings.base_url

    def agencies(self) -> list[Row]:
        """The agencies."""
        with self._books.database.read() as tx:
            found = list_agencies(tx)
        return [
            {
                "code": agency.code,
                "name": agency.name_vi,
                "level": agency.level,
                "seal_key": agency.seal_key_id,
                "valid_from": agency.valid_from.isoformat(),
                "valid_to": agency.valid_to.isoformat() if agency.valid_to else None,
            }
            for agency in found
        ]

    def staff(self, agency: str | None) -> list[Row]:
        """The people of an agency."""
        with self._books.database.read() as tx:
            code = get_agency(tx, _named(agency)).code
            found = list_staff(tx, agency_code=code)
        return [
            {
                "staff_id": member.staff_id,
                "name": member.display_name,
                "position": member.position,
                "roles": ",".join(sorted(role.value for role in member.roles)),
                "key": member.key_id,
                "left_at": member.left_at.isoformat() if member.left_at else None,
            }
            for member in found
        ]

    def delegations(self, person: str) -> list[Row]:
        """The delegations of a person, newest first."""
        with self._books.database.read() as tx:
            found, now = list_delegations(tx, staff_id_of(tx, person)), self._books.clock.now()
        return [
            {
                "delegation_id": delegation.delegation_id,
                "capacity": delegation.capacity.value,
                "on_behalf_of": delegation.on_behalf_of,
                "scope": delegation.scope,
                "decision": delegation.decision_number,
                "valid_from": delegation.valid_from.isoformat(),
                "valid_until": delegation.valid_until.isoformat(),
                "ended_at": delegation.ended_at.isoformat() if delegation.ended_at else None,
                "holds_now": delegation.covers(scope=delegation.scope, at=now),
            }
            for delegation in found
        ]

    def delegate(self, person: str, asked: Row) -> str:
        """Enter a delegation; gives its id."""
        books = self._books
        with books.database.transaction() as tx:
            entered = Delegation(
                books.new_id(),
                staff_id_of(tx, person),
                Capacity(asked["capacity"]),
                asked["on_behalf_of"],
                asked["scope"],
                asked["decision_number"],
                books.moment(asked["valid_from"], field="from"),
                books.moment(asked["valid_until"], field="until"),
            )
            return add_delegation(tx, entered).delegation_id

    def end_delegation(self, delegation_id: str) -> None:
        """End a delegation now."""
        with self._books.database.transaction() as tx:
            get_delegation(tx, delegation_id)
            end_delegation(tx, delegation_id, at=self._books.clock.now())

    def keys(self) -> list[Row]:
        """The keys, by id; a key without a state is in no inventory."""
        books = self._books
        stored = {key_id: books.keystore.credential(key_id) for key_id in books.keystore.key_ids()}
        with books.database.read() as tx:
            entries = {entry.key_id: entry for entry in list_entries(tx)}
        return [_key_row(key_id, stored.get(key_id), entries.get(key_id)) for key_id in sorted({*stored, *entries})]

    def ending_keys(self) -> list[Row]:
        """The keys that end within ninety days, or have ended."""
        with self._books.database.read() as tx:
            lines = radar(tx, at=self._books.clock.now())
        return [
            {
                "key_id": line.key_id,
                "kind": line.kind.value,
                "owner": line.owner_id,
                "not_after": line.not_after.isoformat(),
                "days_left": line.days_left,
                "band_days": line.band_days,
            }
            for line in lines
        ]

    def walk_paths(self) -> list[Row]:
        """How far each signing path comes."""
        lines = dry_run(signing_paths(self._console, self._books))
        return [{"path": line.path, "step": line.step, "code": line.code} for line in lines]

    def change_key(self, key_id: str, *, change: str, reason: str) -> str:
        """Suspend, resume or retire a key; gives its state."""
        with self._books.database.transaction() as tx:
            act = self._books.act(reason=reason)
            return change_credential(tx, key_id, event=CredentialEvent[change.upper()], act=act).status.value

    def revoke_key(self, key_id: str, *, reason: str) -> None:
        """Stop a key for ever, and say who must be told."""
        revoke_everywhere(self._console, self._books, key_id, reason=RevocationReason(reason))

    def subscribe(self, agency: str | None, *, url: str, events: list[str]) -> tuple[str, str]:
        """Add a webhook."""
        with self._books.database.read() as tx:
            code = get_agency(tx, _named(agency)).code
        made = webhooks.subscribe(self._room, code, url=url, events=events, created_by=COMMAND_LINE)
        return made.webhook.webhook_id, made.secret

    def webhooks(self, agency: str | None) -> list[Row]:
        """The webhooks, newest first."""
        return [_webhook_row(one) for one in webhooks.webhooks_of(self._room, agency)]

    def try_webhook(self, webhook_id: str) -> str:
        """Leave a test event."""
        return webhooks.try_out(self._room, self._webhook(webhook_id)).delivery_id

    def sendings(self, webhook_id: str, *, state: str | None) -> list[Row]:
        """The sendings of a webhook, newest first."""
        wanted = DeliveryState(state) if state else None
        found = webhooks.sendings(self._room, self._webhook(webhook_id), state=wanted, limit=_MOST)
        return [delivery_row(one) for one in found]

    def replay(
        self, webhook_id: str, delivery_ids: list[str], *, since: str | None = None, until: str | None = None
    ) -> int:
        """Send events again."""
        wanted = webhooks.Range(
            tuple(delivery_ids),
            self._books.moment(since, field="since") if since else None,
            self._books.moment(until, field="until") if until else None,
        )
        return webhooks.send_again(self._room, self._webhook(webhook_id), wanted)

    def renew_secret(self, webhook_id: str) -> str:
        """Make a new secret."""
        return webhooks.renew_secret(self._room, self._webhook(webhook_id)).secret

    def set_webhook_state(self, webhook_id: str, state: str) -> str:
        """Disable or enable a webhook."""
        return webhooks.change(self._room, self._webhook(webhook_id), state=WebhookState(state)).state.value

    def unsubscribe(self, webhook_id: str) -> None:
        """End a webhook."""
        webhooks.unsubscribe(self._room, self._webhook(webhook_id))

    @property
    def _room(self) -> PostRoom:
        return post_room(self._console, self._books)

    def _webhook(self, webhook_id: str) -> Webhook:
        return webhooks.webhook_of(self._room, None, webhook_id)


def _named(agency: str | None) -> str:
    if agency is None:
        raise RequestInvalid("name the agency: --agency CODE", field="agency")
    return agency


def _key_row(key_id: str, stored: Credential | None, entry: InventoryEntry | None) -> Row:
    facts = read_certificate_facts(stored.certificate_der) if stored else None
    not_after = facts.not_after if facts else (entry.not_after if entry else None)
    return {
        "key_id": key_id,
        "algorithm": facts.algorithm.value if facts else (entry.algorithm if entry else None),
        "serial": f"{facts.serial:x}" if facts else (entry.serial_hex if entry else None),
        "not_after": not_after.isoformat() if not_after else None,
        "unattended": stored.unattended if stored else None,
        "status": entry.status.value if entry else None,
        "kind": entry.kind.value if entry else None,
        "owner": entry.owner_id if entry else None,
        "attestation": entry.attestation.value if entry else None,
        "place": entry.place.value if entry else None,
    }


def _webhook_row(one: Webhook) -> Row:
    return {
        "webhook_id": one.webhook_id,
        "agency": one.agency_code,
        "url": one.url,
        "events": ",".join(one.events),
        "state": one.state.value,
        "code": one.state_code,
        "failing_since": one.failing_since.isoformat() if one.failing_since else None,
    }
