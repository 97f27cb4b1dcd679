"""Nothing that a person typed, or that stands on a paper, comes into a log, a workflow row, an error or a command line."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta

import psutil
import pytest
import sqlalchemy as sa

from certify.pipeline import OutcomeKind
from certify.transitions import ItemState
from keys import ActivationRequest, Pin, WrongPin
from tests.bureau import HOLDER_NUMBER
from tests.journey_office import OFFICER_PIN, JourneyOffice, working_office

pytestmark = pytest.mark.slow

WRONG_PIN = "canary-97531"
# The officer's PINs, the holder's number, the requester, and what stands on the paper.
CANARIES = (OFFICER_PIN, WRONG_PIN, HOLDER_NUMBER, "Lê Thị Thí Dụ", "02/01/1990")


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneyOffice]:
    with working_office(tmp_path_factory.mktemp("canaries") / "home") as opened:
        yield opened


def _logged(caplog: pytest.LogCaptureFixture) -> str:
    """What every logger wrote, at every level, with its extra fields and its tracebacks."""
    fields = [str(value) for record in caplog.records for value in record.__dict__.values()]
    return "\n".join([caplog.text, *fields])


def _workflow_rows(office: JourneyOffice) -> str:
    """Every row of the engine's own tables: inputs, outputs and errors of jobs and steps."""
    with office.database.read() as tx:
        names = sa.inspect(office.database.engine).get_table_names()
        own = [name for name in names if not name.startswith(("vault_", "certify_", "dossiers_", "api_"))]
        assert "workflow_status" in own
        found = [tx.execute(sa.text(f'SELECT * FROM "{name}"')).all() for name in own]
    return json.dumps([[str(value) for value in row] for rows in found for row in rows], ensure_ascii=False)


def _command_lines() -> str:
    """Arguments and environment of this process's children, as any user of the machine may list the first."""
    children = psutil.Process().children(recursive=True)
    assert children
    return "\n".join(" ".join(child.cmdline()) + str(child.environ()) for child in children)


def test_a_whole_certification_leaves_no_trace_of_pin_person_or_paper(
    office: JourneyOffice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    item = office.prepared_item()
    assert "Lê Thị Thí Dụ" in office.pipeline.pages(item.item_id).text
    # A wrong PIN, then an activation that is lost with its process, then the right one.
    request = ActivationRequest(
        key_id="officer-1",
        user_id=office.facts.officer_id,
        expires_at=office.clock.now() + timedelta(minutes=5),
        digests=(office.pipeline.ready_copy(item.item_id).sha256_hex or "",),
    )
    with pytest.raises(WrongPin) as refused:
        office.desk.activate_by_pin(request, Pin(WRONG_PIN))
    errors = "".join(traceback.TracebackException.from_exception(refused.value, capture_locals=True).format())
    asked = office.approval_request(item.item_id)
    office.desk.deactivate(asked.activation_id)
    lost = office.pipeline.wait_certified(office.pipeline.approve_and_certify(asked), timeout_seconds=60)
    assert lost.kind is OutcomeKind.AWAITING_ACTIVATION
    again = office.pipeline.activate_again(
        item.item_id, officer_id=office.facts.officer_id, activation_id=office.activate(item.item_id)
    )
    assert office.pipeline.wait_certified(again, timeout_seconds=60).kind is OutcomeKind.DONE
    assert office.item(item.item_id).state is ItemState.CERTIFIED
    places = {
        "log": _logged(caplog),
        "workflow rows": _workflow_rows(office),
        "command lines": _command_lines(),
        "error": "\n".join(line for line in errors.splitlines() if "WRONG_PIN" not in line),
    }
    assert "activation refused" in places["log"]
    found = [(place, canary) for place, text in places.items() for canary in CANARIES if canary in text]
    assert found == []
