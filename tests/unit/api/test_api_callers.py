"""Whose address counts: who connects, or whom a proxy of our own names, and never what a caller says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from api.callers import tell_caller
from api.errors import BadSetting
from api.settings import read_settings

PROXIES = read_settings({"VIDIMUS_PROXIES": "127.0.0.1, 10.2.0.0/24"}).proxies


def caller(connects: str, *said: str, proxies: Any = PROXIES) -> str:
    scope: dict[str, Any] = {
        "type": "http",
        "client": (connects, 50000),
        "headers": [(b"x-forwarded-for", line.encode()) for line in said],
    }
    tell_caller(scope, proxies)
    address: str = scope["client"][0]
    return address


def test_without_proxies_of_ours_nobody_is_believed() -> None:
    assert caller("127.0.0.1", "203.0.113.7", proxies=()) == "127.0.0.1"


def test_a_proxy_of_ours_names_the_caller() -> None:
    assert caller("127.0.0.1", "203.0.113.7") == "203.0.113.7"
    assert caller("127.0.0.1", "2001:db8::7") == "2001:db8::7"


def test_what_a_caller_writes_before_it_counts_for_nothing() -> None:
    assert caller("127.0.0.1", "198.51.100.1, 203.0.113.7") == "203.0.113.7"
    assert caller("127.0.0.1", "198.51.100.1", "203.0.113.7") == "203.0.113.7"


def test_two_proxies_of_ours_in_a_row_name_who_is_before_both() -> None:
    assert caller("127.0.0.1", "198.51.100.1, 203.0.113.7, 10.2.0.9") == "203.0.113.7"


def test_a_stranger_who_connects_is_taken_for_nobody_else() -> None:
    assert caller("203.0.113.9", "198.51.100.1") == "203.0.113.9"


@pytest.mark.parametrize("said", ["", "unknown", "for=203.0.113.7", "203.0.113.7:443", ","])
def test_what_is_no_address_leaves_the_proxy(said: str) -> None:
    assert caller("127.0.0.1", said) == "127.0.0.1"


@pytest.mark.parametrize("word", ["proxy.example", "0.0.0.0/0", "::/0", "10.2.0.1/24"])
def test_networks_that_cannot_be_meant_stop_the_start(word: str) -> None:
    with pytest.raises(BadSetting, match="VIDIMUS_PROXIES"):
        read_settings({"VIDIMUS_PROXIES": word})
