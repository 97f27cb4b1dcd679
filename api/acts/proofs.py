"""The `.proof` of a copy: what shows, without this office, that the log holds the digest of the file."""

from __future__ import annotations

import base64
import json
from typing import Final

from api.services import Services
from vault import LogKey, event_bytes, find_certified_leaf, inclusion_proof, read_opening

PROOF_FORMAT: Final = "vidimus-proof-1"


def proof_of_code(services: Services, code: str) -> bytes:
    """Give the proof for the copy of a code: salt, event, place, path and the signed checkpoint.

    It says the code, the number and the digest, and nothing about a person; whoever has the copy may have it.

    Raises:
        NotFound: the log holds no such entry.
    """
    services.publish_log()
    key = LogKey(services.log_signer.name, services.log_signer.public_key)
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
