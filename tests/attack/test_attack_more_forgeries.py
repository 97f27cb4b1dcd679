"""Forgeries beyond those of any signed copy: wrapped in every form, and on pages that show something."""

from __future__ import annotations

import pytest

from signing.verify import Verdict, verify_pdf
from tests.attack.foreign import SIGNED_AT
from tests.attack.forge import FORGERIES, Forgery
from tests.attack.forge_shown import SHOWN
from tests.attack.forge_wrapped import WRAPPED
from tests.attack.illustrated import TRUSTED, certified, illustrated
from tests.attack.make_signed import SignedCopy, make_signed_copy
from tests.office import Office

PASSED = (Verdict.VALID, Verdict.VALID_WITH_WARNING)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> SignedCopy:
    return make_signed_copy(Office(tmp_path_factory.mktemp("office")))


@pytest.fixture(scope="module", params=[None, 1, 2, 3], ids=["approved", "P=1", "P=2", "P=3"])
def shown(request: pytest.FixtureRequest) -> bytes:
    return certified(illustrated(), request.param)


@pytest.mark.parametrize("forgery", WRAPPED, ids=lambda forgery: forgery.name)
def test_wrapped_copy_gets_the_verdict_it_is_owed(copy: SignedCopy, forgery: Forgery) -> None:
    for pdf in (copy.officer_only, copy.pdf):
        report = verify_pdf(forgery.make(pdf), trust=copy.trust, at=copy.at)
        assert report.verdict in forgery.owed, report.to_dict()


def test_file_that_forgeries_start_from_passes(shown: bytes) -> None:
    assert verify_pdf(shown, trust=TRUSTED, at=SIGNED_AT).verdict in PASSED


@pytest.mark.parametrize("forgery", SHOWN, ids=lambda forgery: forgery.name)
def test_page_that_was_made_to_show_something_else_is_rejected(shown: bytes, forgery: Forgery) -> None:
    report = verify_pdf(forgery.make(shown), trust=TRUSTED, at=SIGNED_AT)
    assert report.verdict in forgery.owed, report.to_dict()
    assert not any(one.technically_valid for one in report.signatures)


@pytest.mark.slow
def test_forgeries_of_a_copy_are_rejected_at_every_permission(shown: bytes) -> None:
    for forgery in (*FORGERIES, *WRAPPED):
        if not forgery.needs_copy:
            report = verify_pdf(forgery.make(shown), trust=TRUSTED, at=SIGNED_AT)
            assert report.verdict in forgery.owed, (forgery.name, report.to_dict())
