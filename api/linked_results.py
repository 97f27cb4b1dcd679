"""Carries what one of the dossiers filed together gave to those that wait for it; a chore of the house."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlalchemy.engine import Connection

from certify import stands_for
from dossiers import get_for_holder, read_catalogue
from dossiers.linked import WaitingItem, carry, items_to_carry, result_for
from guard import Clock, RandomBytes
from keys import Ed25519Key
from vault import ConsentInvalid, Database, HolderOwner


class CarryLinked:
    """One round over everything that waits; whoever repeats it changes nothing."""

    def __init__(
        self, database: Database, key: Ed25519Key, tools: tuple[Clock, RandomBytes], *, with_samples: bool
    ) -> None:
        """Carry in this database, under packages signed by this key."""
        self._database, self._key = database, key
        self._clock, self._random_bytes = tools
        self._with_samples = with_samples

    def __call__(self) -> int:
        """Put every result that came into the dossiers that wait for it; gives how many."""
        with self._database.read() as tx:
            waiting = items_to_carry(tx)
        return sum(self._carry_one(item) for item in waiting)

    def _carry_one(self, item: WaitingItem) -> bool:
        with self._database.transaction() as tx:
            if item not in items_to_carry(tx):
                return False
            catalogue = read_catalogue(tx, with_samples=self._with_samples)
            procedure = catalogue.version(item.procedure_id, item.procedure_version)
            earlier = catalogue.version(item.from_procedure_id, item.from_procedure_version)
            record = result_for(tx, item, procedure=procedure, earlier=earlier, stands_in=partial(_stands, tx))
            if record is None:
                return False
            before = get_for_holder(tx, HolderOwner(item.holder_id), item.submission_id)
            try:
                with tx.begin_nested():
                    carry(
                        tx,
                        item,
                        record,
                        # Where the agency of the procedure ended, its successor has the dossier.
                        procedure=replace(procedure, recipient_agency=before.recipient_agency),
                        key=self._key,
                        at=self._clock.now(),
                        random_bytes=self._random_bytes,
                    )
            except ConsentInvalid:
                # Somebody else has to agree, too: it waits on, and the applicant may bring the paper.
                return False
        return True


def _stands(tx: Connection, issuer: str, agency: str) -> bool:
    return stands_for(tx, issuer, agency_code=agency)
