"""The catalogue in use: what ships with the software (outside production) and what an office took in, version by version."""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dossiers.errors import CatalogueInvalid
from dossiers.importing import ImportReport
from dossiers.procedures import Catalogue, Procedure
from dossiers.reading import load_catalogue, read_procedure
from dossiers.tables import procedure_versions


def read_catalogue(tx: Connection, *, with_samples: bool) -> Catalogue:
    """Read every procedure in every version."""
    shipped = load_catalogue().procedures if with_samples else ()
    return Catalogue((*shipped, *_taken_in(tx)))


def take_in(tx: Connection, report: ImportReport, *, by: str, at: datetime) -> int:
    """Keep the procedures of a file whose report lets it in; a version that was kept is never changed.

    Raises:
        CatalogueInvalid: the report found an error.
    """
    if not report.may_be_taken_in:
        raise CatalogueInvalid("the file has errors; nothing of it was taken in")
    try:
        with tx.begin_nested():
            tx.execute(
                procedure_versions.insert(),
                [
                    {
                        "procedure_id": procedure.procedure_id,
                        "version": procedure.version,
                        "valid_from": procedure.valid_from,
                        "document": json.dumps(entry, ensure_ascii=False, sort_keys=True, default=str),
                        "taken_in_at": at,
                        "taken_in_by": by,
                    }
                    for procedure, entry in zip(report.procedures, report.entries, strict=True)
                ],
            )
    except sa.exc.IntegrityError as exc:
        raise CatalogueInvalid("one of these versions was taken in meanwhile; check the file again") from exc
    return len(report.procedures)


def _taken_in(tx: Connection) -> tuple[Procedure, ...]:
    chosen = sa.select(procedure_versions.c.document).order_by(
        procedure_versions.c.procedure_id, procedure_versions.c.version
    )
    return tuple(read_procedure(json.loads(document)) for document in tx.execute(chosen).scalars())
