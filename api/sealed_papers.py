"""Papers of the office itself that its agency seals: drawn as PDF/A, sealed, and logged before and after."""

from __future__ import annotations

import hashlib
from typing import Final

from api.services import Services
from certify import Agency
from ocr import ReportParts, check_pdfa, write_report
from signing import NewField, PadesLevel, SignRequest, sign_new_field
from vault import Leaf, Tree, append

_FIELD: Final = "AgencySeal"


def seal_paper(services: Services, parts: ReportParts, *, agency: Agency, kind: str, about: dict[str, str]) -> bytes:
    """Draw a paper and seal it with the agency's key, which works unattended; `kind` names it in the public log.

    Raises:
        SigningError, KeysError: it could not be sealed.
    """
    document = write_report(parts)
    check_pdfa(document.pdf)
    told = {**about, "key": agency.seal_key_id or "", "sha256": document.sha256_hex}
    _log(services, f"{kind}_SEAL_INTENT", told)
    request = SignRequest(
        field=_FIELD,
        level=PadesLevel.B_LTA,
        signed_at=services.clock.now(),
        location=agency.name_vi,
        certify=False,
    )
    signer = services.desk.unattended_signer(agency.seal_key_id or "")
    sealed = sign_new_field(
        document.pdf, request=request, signer=signer, services=services.signing, new_field=NewField()
    ).pdf
    check_pdfa(sealed)
    _log(services, f"{kind}_SEALED", {**told, "sealed_sha256": hashlib.sha256(sealed).hexdigest()})
    return sealed


def _log(services: Services, kind: str, payload: dict[str, str]) -> None:
    with services.database.transaction() as tx:
        append(tx, Leaf(kind=kind, payload=payload), tree=Tree.CERTIFICATIONS, random_bytes=services.random_bytes)
