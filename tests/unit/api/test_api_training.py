"""A training home is a world of its own: its keys say so, real work refuses them, and nothing of it is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from api.acts.verifier import CodeAnswer
from api.founding import found_home
from api.home import open_home
from api.law import open_law
from api.pages.assets import read_assets
from api.pages.render import Frame, make_renderer
from api.pages.views import Say
from api.verdict import MOST_WORDS, judge
from certify import load_law
from keys import DemoKeyInProduction, Mode
from keys.mode import carries_specimen_mark, carries_training_mark, check_certificate_mode
from signing.verify import Verdict
from tests.command_line import CommandLine
from tests.page_office import AT
from tests.unit.api.test_api_verdict import FINAL, MESSAGES, report

pytestmark = pytest.mark.slow


def test_training_has_keys_of_its_own_that_production_refuses(tmp_path: Path) -> None:
    roots = {}
    for mode in (Mode.DEMO, Mode.TRAINING):
        home = tmp_path / mode.value
        found_home(home, mode=mode, at=datetime.now(UTC), database_url=f"sqlite:///{home / 'vidimus.db'}")
        assert open_home(home).mode is mode
        roots[mode] = sorted((home / "trust").glob("*.pem"))[0].read_bytes()
    assert roots[Mode.DEMO] != roots[Mode.TRAINING]


def test_figures_of_a_training_home_are_refused(command_line: CommandLine) -> None:
    command_line.run("db", "init", "--mode", "training")
    command_line.run("agency", "add", "HOC", "--name", "Lớp học", "--name-en", "Class", "--name-fr", "Classe")
    answer = command_line.run("figures", "show", "HOC")
    assert answer.exit_code != 0
    assert answer.out == ""


def test_certificates_of_a_training_say_so_and_no_other_does(tmp_path: Path) -> None:
    told = {}
    for mode in (Mode.DEMO, Mode.TRAINING):
        home = tmp_path / mode.value
        found_home(home, mode=mode, at=datetime.now(UTC), database_url=f"sqlite:///{home / 'vidimus.db'}")
        root = load_pem_x509_certificate(sorted((home / "trust").glob("*.pem"))[0].read_bytes())
        der = root.public_bytes(Encoding.DER)
        told[mode] = (carries_specimen_mark(der), carries_training_mark(der))
        with pytest.raises(DemoKeyInProduction):
            check_certificate_mode(der, Mode.PRODUCTION)
    assert told == {Mode.DEMO: (True, False), Mode.TRAINING: (True, True)}


@pytest.mark.parametrize("language", ["vi", "en", "fr"])
def test_verdict_on_a_copy_of_a_training_begins_with_that_in_every_language(language: str) -> None:
    words = {"vi": "huấn luyện", "en": "training", "fr": "formation"}
    named = dict.fromkeys(words, "Phường Thí Dụ")
    both = ("SPECIMEN", "TRAINING")
    answer = judge(report(Verdict.VALID_WITH_WARNING, warnings=both), status=FINAL, agency_names=named)
    said = answer.sentence(MESSAGES, language)
    assert words[language] in said.partition(". ")[0]
    assert len(said.split()) <= MOST_WORDS
    by_code = CodeAnswer(None, None, "verdict.code_mistyped", AT, (), is_specimen=True, is_training=True)
    assert words[language] in by_code.sentence(MESSAGES, language)


def test_pages_of_a_training_say_so_above_everything() -> None:
    say, frame = Say(MESSAGES, "en"), Frame("en", "/", AT, specimen=True, training=True)
    renderer = make_renderer(MESSAGES, assets=read_assets())
    assert say("page.ribbon_training") in renderer.render("share_thanks.html", frame)
    assert say("page.ribbon_training") not in renderer.render("share_thanks.html", replace(frame, training=False))


def test_every_pack_marks_specimens_on_its_pages() -> None:
    for country in ("vn", "es"):
        law = load_law(country)
        assert all("SPECIMEN" in template.specimen_text for template in law.templates)
        assert all(one.training_text.startswith(one.specimen_text + " · ") for one in law.templates)
    assert open_law("es", mode=Mode.TRAINING).is_sample
