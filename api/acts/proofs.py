"""The `.proof` of a copy: what shows, without this office, that the log holds the digest of the file."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Final

from api.errors import RequestInvalid
from api.services import Services
from vault import (
    Checkpoint,
    InclusionProof,
    LogKey,
    Opening,
    check_inclusion,
    event_bytes,
    find_certified_leaf,
    inclusion_proof,
    opening_entry,
    read_opening,
)
from vault.log.certified import CERTIFIED

PROOF_FORMAT: Final = "vidimus-proof-1"


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof shows: an event of the log, under a checkpoint that the log signed."""

    opening: Opening
    checkpoint: Checkpoint

    @property
    def code(self) -> str:
        """The code of the copy."""
        return str(self.opening.payload["code"])

    @property
    def sha256_hex(self) -> str:
        """The digest of the certified file."""
        return str(self.opening.payload["sha256"])


def check_proof(content: bytes, *, key: LogKey) -> Proven:
    """Judge a `.proof` with nothing but the log's key.

    Raises:
        RequestInvalid: the file is no proof.
        CheckpointInvalid: its checkpoint is not this log's.
        ProofInvalid: its event is not in the log.
    """
    try:
        whole = json.loads(content)
        if whole["format"] != PROOF_FORMAT:
            raise RequestInvalid("the proof is of another format; ask for it again", field="proof")
        event = json.loads(whole["event"])
        opening = Opening(str(event["kind"]), dict(event["payload"]), base64.b64decode(whole["salt"], validate=True))
        path = tuple(base64.b64decode(one, validate=True) for one in whole["path"])
        index, note = int(whole["leaf_index"]), str(whole["checkpoint"])
        is_whole = opening.kind == CERTIFIED and {"code", "sha256"} <= opening.payload.keys()
    except (KeyError, TypeError, ValueError) as exc:
        raise RequestInvalid("the file is no proof of a copy; ask for it again", field="proof") from exc
    if not is_whole:
        raise RequestInvalid("the proof is about something else than a certified copy", field="proof")
    proof = InclusionProof(opening_entry(opening), index, path, note)
    return Proven(opening, check_inclusion(proof, key=key, opening=opening))


def log_key(services: Services) -> LogKey:
    """The key of this office's log."""
    return LogKey(services.log_signer.name, services.log_signer.public_key)


def proof_of_code(services: Services, code: str) -> bytes:
    """Give the proof for the copy of a code: salt, event, place, path and the signed checkpoint.

    It says the code, the number and the digest, and nothing about a person; whoever has the copy may have it.

    Raises:
        NotFound: the log holds no such entry, or none under a signed checkpoint yet (some seconds after certification).
    """
    key = log_key(services)
    with services.database.read() as tx:
        leaf_id = find_certified_leaf(tx, code)
        opening = read_opening(tx, leaf_id)
        proof = inclusion_proof(tx, leaf_id, key=key)
    whole = {
        "format": PROOF_FORMAT,
        "event": event_bytes(opening.kind, opening.payload).decode(),
        "salt": base64.b64encode(opening.salt).decode(),
        "leaf_index": proof.leaf_index,
        "path": [base64.b64encode(one).decode() for one in proof.path],
        "checkpoint": proof.note,
    }
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()
