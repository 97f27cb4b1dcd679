"""A PIN appears nowhere: not in a text form, an exception, a pickle, a file or a copy."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from datetime import timedelta
from pathlib import Path

import pytest

from keys import ActivationRequest, Pin, PinRefused, WrongPin
from tests.office import Office, sha256_hex

CANARY = "c4n4ry-Ẩn-31415926"


def test_pin_hides_in_every_text_form() -> None:
    pin = Pin(CANARY)
    forms = [
        repr(pin),
        str(pin),
        f"{pin}",
        f"{pin!r}",
        f"{pin:>40}",
        # The old way must hide it too.
        "{0} {0!r}".format(pin),  # noqa: UP032
        repr([pin]),
        repr({"pin": pin}),
    ]
    assert not any("31415926" in form for form in forms)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pin_is_never_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="never"):
        pickle.dumps(Pin(CANARY), protocol=protocol)


def test_pin_is_never_copied_or_written_as_json() -> None:
    pin = Pin(CANARY)
    for copier in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copier(pin)
    with pytest.raises(TypeError):
        json.dumps({"pin": pin})
    assert not hasattr(pin, "__dict__")


def test_pins_compare_by_identity() -> None:
    assert Pin(CANARY) != Pin(CANARY)


def test_pin_is_the_same_whatever_way_the_keyboard_writes_vietnamese() -> None:
    assert Pin("ẩn").reveal() == Pin("â\u0309n").reveal()


@pytest.mark.parametrize("text", ["", "x" * 257])
def test_impossible_pin_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(PinRefused) as caught:
        Pin(text)
    assert "xxx" not in str(caught.value)


def test_wrong_pin_leaves_no_trace_of_itself(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    officer = office.officer()
    request = ActivationRequest(officer.key_id, officer.user_id, office.now + timedelta(minutes=1), (sha256_hex(b"x"),))
    with pytest.raises(WrongPin) as caught:
        office.desk.activate_by_pin(request, Pin(CANARY))
    error: BaseException | None = caught.value
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "31415926" not in shown + caplog.text
    while error is not None:
        assert "31415926" not in repr(error) + str(error.args) + repr(vars(error))
        error = error.__cause__ or error.__context__
    assert "31415926" not in repr(pickle.dumps(caught.value))


def test_wrong_pins_all_get_the_same_answer(office: Office) -> None:
    officer = office.officer()
    texts = set()
    for guess in ("1", "123456", CANARY):
        with pytest.raises(WrongPin) as caught:
            office.keystore.open_key(officer.key_id, Pin(guess))
        texts.add((str(caught.value), caught.value.key_id))
    assert len(texts) == 1


def test_wrong_pin_error_survives_a_process_border() -> None:
    # The bytes are made on the line itself.
    error = pickle.loads(pickle.dumps(WrongPin("officer-1")))  # noqa: S301
    assert (error.key_id, str(error)) == ("officer-1", str(WrongPin("officer-1")))


def test_pin_of_an_officer_lies_in_no_file_of_the_office(office: Office) -> None:
    officer = office.officer()
    office.activated_signer(officer, sha256_hex(b"x")).sign(b"signed")
    secret = officer.pin.reveal()
    files = [path for path in Path(office.folder).rglob("*") if path.is_file()]
    assert files
    assert not any(secret in path.read_bytes() for path in files)
    assert secret.decode() not in repr(vars(office.desk)) + repr(office.desk.__dict__)
