"""The life of a copy as a diagram: in order, in the lane of who did it, and never longer than a screen or two."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from api.messages import load_messages
from api.pages.life_view import life_of
from api.pages.views import Say
from signing.verify import Verdict
from tests.page_office import AGENCIES, AT, report, signature
from tests.page_vault import history

SAY = Say(load_messages(ZoneInfo("Asia/Ho_Chi_Minh")), "en")


def test_life_begins_with_the_signature_and_each_step_stands_in_the_lane_of_who_did_it() -> None:
    signed = replace(signature(), signed_at=AT - timedelta(days=1))
    life = life_of(report(Verdict.VALID, signed), history(), SAY, agencies=AGENCIES)
    assert life.left_out == 0
    assert life.steps[0].what.startswith("Signature of ")
    assert [one.lane for one in life.steps[:3]] == ["office", "office", "holder"]
    assert life.steps[-1].lane == "others"


def test_long_life_keeps_its_beginning_and_its_end_and_counts_what_it_leaves_out() -> None:
    life = life_of(report(Verdict.VALID, signature()), history() * 3, SAY, agencies=AGENCIES)
    assert len(life.steps) == 12
    assert life.left_out == 1 + 3 * len(history()) - 12
