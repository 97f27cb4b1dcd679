"""Mandates and deaths typed at the machine: entered by document, listed without names, refused where they do not fit."""

from __future__ import annotations

import pytest

from samples.cast import CAST
from tests.command_line import CommandLine

# A whole office is opened for each command; the fast check leaves them out.
pytestmark = pytest.mark.slow

BY = ("--document", "VB 1/2026", "--agency", "THIDU")


def test_mandate_is_entered_listed_and_ended_and_a_death_freezes_the_vault(office_line: CommandLine) -> None:
    an, chau = CAST["an"].id_number, CAST["chau"].id_number
    grown = office_line.run("vault", "mandate", an, chau, "--kind", "PARENT", *BY)
    assert grown.exit_code != 0
    assert "MANDATE_REFUSED" in grown.err
    dead = office_line.run("vault", "death", an, *BY, "--format", "json")
    assert dead.exit_code == 0, dead.err
    (told,) = dead.json
    entered = office_line.run("vault", "mandate", an, chau, "--kind", "HEIR", *BY, "--format", "json")
    assert entered.exit_code == 0, entered.err
    (mandate,) = entered.json
    assert (mandate["kind"], mandate["may_act"]) == ("HEIR", False)
    foreign = office_line.run("vault", "end-mandate", mandate["mandate_id"], "--document", "x", "--agency", "THIDU-EDU")
    assert foreign.exit_code != 0
    ended = office_line.run("vault", "end-mandate", mandate["mandate_id"], *BY, "--format", "json")
    assert ended.json[0]["ended_at"] is not None
    listed = office_line.run("vault", "mandates", told["holder_id"], "--format", "json")
    assert [one["mandate_id"] for one in listed.json] == [mandate["mandate_id"]]
    assert CAST["chau"].name not in listed.out
    assert office_line.run("vault", "mandate", an, chau, "--kind", "HEIR", *BY, "--until", "soon").exit_code != 0
