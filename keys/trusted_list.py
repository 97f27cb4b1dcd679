"""A national trusted list (ETSI TS 119 612) as values: who published it, until when it holds, which services it grants."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from guard.errors import ChildFailed, ChildRefused
from guard.limits import Isolation, ProcessLimits
from guard.pool import SandboxPool
from keys.anchor_scope import AnchorScope
from keys.errors import ListReason, TrustedListRefused

MAX_LIST_BYTES: Final = 20_000_000
_MEGABYTE: Final = 1024 * 1024
# The largest national lists have some ten thousand elements and their signature is checked over all of them.
_LIMITS: Final = ProcessLimits(
    memory_bytes=1024 * _MEGABYTE, cpu_seconds=30, wall_seconds=60, output_bytes=64 * _MEGABYTE
)


@dataclass(frozen=True, slots=True)
class ListedService:
    """One certificate that the list grants: an anchor for the purposes and times of its scopes."""

    name: str
    certificate_der: bytes
    scopes: tuple[AnchorScope, ...]

    @property
    def is_granted_now(self) -> bool:
        """Whether one scope has no end."""
        return any(scope.until is None for scope in self.scopes)


@dataclass(frozen=True, slots=True)
class TrustedList:
    """A list whose signature was checked with a signer that somebody named beforehand."""

    territory: str
    operator: str
    sequence_number: int
    issued_at: datetime
    next_update: datetime
    sha256_hex: str
    signer_sha256_hex: str
    services: tuple[ListedService, ...]
    source: str = ""

    def is_stale(self, *, at: datetime) -> bool:
        """Whether its publisher promised a newer one before this moment."""
        return at >= self.next_update

    def to_dict(self) -> dict[str, Any]:
        """Write it as JSON, as the home keeps it."""
        return {
            "format": 1,
            "territory": self.territory,
            "operator": self.operator,
            "sequence_number": self.sequence_number,
            "issued_at": self.issued_at.isoformat(),
            "next_update": self.next_update.isoformat(),
            "sha256": self.sha256_hex,
            "signer_sha256": self.signer_sha256_hex,
            "source": self.source,
            "services": [
                {
                    "name": service.name,
                    "certificate": base64.b64encode(service.certificate_der).decode(),
                    "scopes": [scope.to_dict() for scope in service.scopes],
                }
                for service in self.services
            ],
        }

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> TrustedList:
        """Read what `to_dict` wrote.

        Raises:
            TrustedListRefused: it is something else.
        """
        try:
            return TrustedList(
                territory=str(record["territory"]),
                operator=str(record["operator"]),
                sequence_number=int(record["sequence_number"]),
                issued_at=datetime.fromisoformat(record["issued_at"]),
                next_update=datetime.fromisoformat(record["next_update"]),
                sha256_hex=str(record["sha256"]),
                signer_sha256_hex=str(record["signer_sha256"]),
                source=str(record["source"]),
                services=tuple(_service(service) for service in record["services"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise TrustedListRefused(
                "the stored form of a trusted list cannot be read; import the list again", reason=ListReason.MALFORMED
            ) from exc


def trusted_list_sandbox(isolation: Isolation) -> SandboxPool:
    """Open the child in which lists are read; they come from outside."""
    return SandboxPool(
        module="keys.trusted_list_child", size=1, limits=_LIMITS, isolation=isolation, queue_limit=4, nice=5
    )


def read_trusted_list(xml: bytes, *, signers_der: Sequence[bytes], at: datetime, sandbox: SandboxPool) -> TrustedList:
    """Read a list in a child and check everything that makes it one: signature, signer, times, kind.

    `signers_der` are the certificates of the list's publisher, obtained apart from the list. There is no pivot: a
    list signed with another certificate is refused until its new certificate is given.

    Raises:
        TrustedListRefused: with a reason code.
        PoolBusy, PoolClosed, ChildNotStarted: no child was free; nothing is known about the list.
    """
    if len(xml) > MAX_LIST_BYTES:
        raise TrustedListRefused(f"the list is larger than {MAX_LIST_BYTES} bytes", reason=ListReason.TOO_LARGE)
    if not signers_der:
        raise TrustedListRefused(
            "nobody's signature is accepted on this list; name its publisher's certificate", reason=ListReason.SIGNER
        )
    try:
        reply = sandbox.call("read", {}, (xml, *signers_der))
    except ChildRefused as exc:
        raise TrustedListRefused(exc.message, reason=ListReason(exc.code)) from exc
    except ChildFailed as exc:
        raise TrustedListRefused("reading the list took too much or crashed", reason=ListReason.MALFORMED) from exc
    found = TrustedList.from_dict(reply.header)
    if found.sha256_hex != hashlib.sha256(xml).hexdigest():
        raise TrustedListRefused("the child answered about another list", reason=ListReason.MALFORMED)
    if found.issued_at > at:
        raise TrustedListRefused(
            f"the list is issued at {found.issued_at:%Y-%m-%d}, later than now", reason=ListReason.NOT_YET
        )
    if found.is_stale(at=at):
        raise TrustedListRefused(
            f"the list promised its successor for {found.next_update:%Y-%m-%d}; get the newer one",
            reason=ListReason.EXPIRED,
        )
    return found


def check_continues(new: TrustedList, *, old: TrustedList) -> None:
    """Refuse to go back: a withdrawn service would come to life again.

    Raises:
        TrustedListRefused: another territory, or a lower sequence number.
    """
    if new.territory != old.territory:
        raise TrustedListRefused(
            f"this is the list of {new.territory}, the one it would replace is {old.territory}'s",
            reason=ListReason.OTHER_TERRITORY,
        )
    is_other_form = new.sequence_number == old.sequence_number and new.sha256_hex != old.sha256_hex
    if new.sequence_number < old.sequence_number or is_other_form:
        raise TrustedListRefused(
            f"list {new.sequence_number} does not follow list {old.sequence_number}", reason=ListReason.OLDER
        )


def _service(record: Mapping[str, Any]) -> ListedService:
    return ListedService(
        name=str(record["name"]),
        certificate_der=base64.b64decode(record["certificate"], validate=True),
        scopes=tuple(AnchorScope.from_dict(scope) for scope in record["scopes"]),
    )
