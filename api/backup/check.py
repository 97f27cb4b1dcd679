"""Is every backup at the place whole: each stored byte held against the signed heads, and opened where the key is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from api.backup.take import blob_index, is_signed_by, keyset_part, read_head_of
from keys import RecoveryKey, UnwrapFailed
from vault import NotFound, StoreUnavailable
from vault.backup import BackupDamaged, BackupHead, BackupMissing, BackupPlace, SealedPart, open_part
from vault.backup.sealed import check_part

_COPIED_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class CheckedSet:
    """One backup and what is wrong with it: nothing, or one line for each trouble."""

    set_id: str
    taken_at: str
    blobs: int
    troubles: tuple[str, ...]


def check_sets(
    place: BackupPlace, *, manifest_key_raw: bytes | None, key: RecoveryKey | None = None
) -> tuple[CheckedSet, ...]:
    """Check every set; a blob that several sets name is read once."""
    good: dict[str, str] = {}
    return tuple(_check(place, set_id, manifest_key_raw, key, good) for set_id in place.set_ids())


def _check(
    place: BackupPlace, set_id: str, manifest_key_raw: bytes | None, key: RecoveryKey | None, good: dict[str, str]
) -> CheckedSet:
    try:
        head = read_head_of(place, set_id)
        troubles = [*_of_signature(place, set_id, manifest_key_raw), *_of_parts(place, head, key)]
        index = blob_index(place, set_id)
    except (BackupDamaged, BackupMissing, StoreUnavailable, ValueError) as exc:
        return CheckedSet(set_id, "", 0, (f"head:{type(exc).__name__}",))
    buried = place.buried()
    for path, (sha256_hex, _count) in index.items():
        if path.split("/")[1] not in buried and _digest(place, path, good) != sha256_hex:
            troubles.append(f"blob:{path}")
    return CheckedSet(set_id, head.taken_at.isoformat(), len(index), tuple(troubles))


def _of_signature(place: BackupPlace, set_id: str, manifest_key_raw: bytes | None) -> Iterator[str]:
    if manifest_key_raw is not None and not is_signed_by(place, set_id, manifest_key_raw):
        yield "head:SIGNATURE"


def _of_parts(place: BackupPlace, head: BackupHead, key: RecoveryKey | None) -> Iterator[str]:
    data = [SealedPart(f"sets/{head.set_id}/{name}", head.set_id, name) for name in ("database", "house")]
    wanted = [(place.data, part, head.parts[part.name]) for part in data]
    wanted += [(place.keysets, keyset_part(head.epoch, one.set_id), one.facts) for one in head.keysets]
    for store, part, facts in wanted:
        try:
            if key is None:
                check_part(store, part.path, facts)
            else:
                with open_part(store, part, key=key, facts=facts) as plain:
                    while plain.read(_COPIED_AT_ONCE):
                        pass
        except (BackupDamaged, BackupMissing, UnwrapFailed) as exc:
            yield f"{part.path}:{type(exc).__name__}"
    listed = place.get(f"sets/{head.set_id}/blobs.json")
    if hashlib.sha256(listed).hexdigest() != head.parts["blobs"].sha256_hex:
        yield "blobs.json:BackupDamaged"


def _digest(place: BackupPlace, path: str, good: dict[str, str]) -> str:
    if path not in good:
        digest = hashlib.sha256()
        try:
            with place.data.open(f"blobs/{path}") as stored:
                while piece := stored.read(_COPIED_AT_ONCE):
                    digest.update(piece)
        except NotFound:
            return "missing"
        good[path] = digest.hexdigest()
    return good[path]
