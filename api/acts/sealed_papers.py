"""Papers that this office writes itself and seals: intent in the log, one seal, still PDF/A, outcome in the log."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from api.services import Services
from certify import Agency
from ocr import check_pdfa
from signing import NewField, PadesLevel, SignRequest, sign_new_field
from vault import Leaf, Tree, append

SPECIMEN_TEXT: Final = "MẪU – SPECIMEN"


def seal_paper(
    services: Services, pdf: bytes, *, agency: Agency, field: str, what: str, about: Mapping[str, str]
) -> bytes:
    """Put the agency's unattended seal on a paper of its own making; `about` stands in both entries of the log.

    Raises:
        SigningError, KeysError: it could not be sealed; nothing is given out.
        PdfaViolation: it is no PDF/A, before or after.
    """
    check_pdfa(pdf)
    key_id = agency.seal_key_id or ""
    told = {**about, "key": key_id}
    log(services, f"{what}_SEAL_INTENT", told | {f"{what.lower()}_sha256": hashlib.sha256(pdf).hexdigest()})
    request = SignRequest(
        field=field,
        level=PadesLevel.B_LTA,
        signed_at=services.clock.now(),
        location=agency.name_on_papers,
        certify=False,
    )
    signer = services.desk.unattended_signer(key_id)
    sealed = sign_new_field(pdf, request=request, signer=signer, services=services.signing, new_field=NewField()).pdf
    check_pdfa(sealed)
    log(services, f"{what}_SEALED", told | {f"{what.lower()}_sha256": hashlib.sha256(sealed).hexdigest()})
    return sealed


def log(services: Services, kind: str, payload: Mapping[str, str]) -> None:
    """Write one entry into the public tree."""
    with services.database.transaction() as tx:
        append(tx, Leaf(kind=kind, payload=payload), tree=Tree.CERTIFICATIONS, random_bytes=services.random_bytes)
