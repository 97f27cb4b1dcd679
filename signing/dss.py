"""Write the document security store: the evidence beside the signatures (ISO 32000-2, 12.8.4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1

from signing.evidence import Evidence
from signing.objects import add_dictionary, add_stream, array, entry, name, resolved
from signing.reading import RevisionWriter, refusing_damage

_PLACES = ("/Certs", "/OCSPs", "/CRLs")


def stored_certificates(writer: RevisionWriter) -> tuple[bytes, ...]:
    """Return the certificates that the file's store holds already.

    Raises:
        NotAPdf: the store is damaged.
    """
    with refusing_damage():
        store = entry(writer.root, "/DSS", {})
        return tuple(resolved(reference).data for reference in entry(store, "/Certs", ()))


def write_evidence(writer: RevisionWriter, evidence: Evidence) -> None:
    """Add to the store what it does not hold yet; nothing is ever taken out of it.

    Raises:
        NotAPdf: the present store is damaged.
    """
    additions = (evidence.certificates_der, evidence.ocsps_der, evidence.crls_der)
    with refusing_damage():
        store: Any = entry(writer.root, "/DSS")
        if store is None:
            entries = {place: _added(writer, items) for place, items in zip(_PLACES, additions, strict=True) if items}
            writer.root[name("/DSS")] = add_dictionary(writer, {"/Type": "/DSS", **entries})
            writer.rewrite_root()
        else:
            for place, items in zip(_PLACES, additions, strict=True):
                present = list(entry(store, place, ()))
                known = {resolved(reference).data for reference in present}
                fresh = _added(writer, [item for item in items if item not in known])
                if fresh:
                    store[name(place)] = array([*present, *fresh])
            writer.update_container(store)
        # Declares that PAdES structures are in use.
        writer.register_extension(ESIC_EXTENSION_1)
        writer.rewrite_root()


def _added(writer: RevisionWriter, items: Iterable[bytes]) -> list[generic.PdfObject]:
    return [add_stream(writer, item) for item in items]
