"""No audit record, no signature: the intent cannot be written, so the key is not asked."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from certify.errors import StepFailed
from certify.pipeline.names import officer_signed_name
from certify.tables import activation_uses
from certify.transitions import ItemState
from tests.journey_office import working_office

# A whole office is founded.
pytestmark = pytest.mark.slow

_REFUSE = """CREATE TRIGGER no_room BEFORE INSERT ON vault_log_leaves WHEN NEW.kind = 'OFFICER_SIGN_INTENT'
BEGIN SELECT RAISE(ABORT, 'the log takes nothing'); END"""


def test_copy_whose_intent_cannot_be_written_is_not_signed(tmp_path: Path) -> None:
    with working_office(tmp_path) as office:
        item = office.prepared_item()
        ready = office.pipeline.ready_copy(item.item_id)
        with office.database.transaction() as tx:
            tx.execute(sa.text(_REFUSE))
        approval = office.pipeline.approve_and_certify(office.approval_request(item.item_id))
        with pytest.raises(StepFailed):
            office.pipeline.wait_certified(approval, timeout_seconds=120)
        assert office.item(item.item_id).state is ItemState.PREPARED
        assert not office.blobs.exists(item.document_id, officer_signed_name(ready))
        with office.database.read() as tx:
            assert tx.execute(sa.select(sa.func.count()).select_from(activation_uses)).scalar_one() == 0
