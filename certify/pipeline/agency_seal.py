"""By whom the agency's seal is put on: a keeper who has said yes to this very file, or a dated policy."""

from __future__ import annotations

from certify.approve import Approval
from certify.pipeline.services import PipelineServices
from certify.registry.seal_queue import check_keeper, find_seal_approval
from certify.staff import SealAuthority, check_may_seal
from keys.activation import RawSigner


def open_seal(
    services: PipelineServices, approval: Approval, *, agency_code: str, sha256_hex: str
) -> tuple[SealAuthority, RawSigner]:
    """Give the right to seal a file once, with the key's signer.

    Raises:
        StaffError: neither a keeper's yes to this file nor a policy holds at this instant.
        ActivationError: the keeper's activation is gone, or the key needs a person and nobody activated it.
        CertificateError, KeyStoreError: the key cannot be used now.
    """
    at = services.clock.now()
    with services.database.read() as tx:
        said = find_seal_approval(tx, approval.approval_id)
        if said is None or said.sha256_hex != sha256_hex:
            seal = check_may_seal(tx, agency_code, at=at)
            said = None
        else:
            seal = check_keeper(tx, said.keeper_id, agency_code, at=at)
    if said is None or said.activation_id is None:
        return seal, services.activations.unattended_signer(seal.key_id)
    signer = services.activations.signer(
        said.activation_id, key_id=seal.key_id, digest_hex=sha256_hex, user_id=said.keeper_id
    )
    return seal, signer
