"""How a command gets a PIN: from a file descriptor, from a file, or asked for without an echo; never as an argument."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from api.errors import RequestInvalid
from keys import Pin


def read_pin(pin_fd: int | None, pin_file: Path | None) -> Pin | None:
    """Read the PIN from where the command was told, or give None when it was told nothing.

    Raises:
        RequestInvalid: it is no UTF-8 text.
    """
    if pin_fd is not None:
        with os.fdopen(pin_fd, "rb") as source:
            return _pin_of(source.readline())
    if pin_file is not None:
        with pin_file.open("rb") as source:
            return _pin_of(source.readline())
    return None


def ask_pin(pin_fd: int | None, pin_file: Path | None, *, prompt: str = "PIN") -> Pin:
    """Read the PIN from where the command was told, or ask the person at the terminal."""
    return read_pin(pin_fd, pin_file) or Pin(typer.prompt(prompt, hide_input=True, err=True))


def _pin_of(line: bytes) -> Pin:
    try:
        return Pin(line.decode().rstrip("\r\n"))
    except UnicodeDecodeError:
        # Not chained: the foreign exception quotes the bytes of the PIN.
        raise RequestInvalid("the PIN is no UTF-8 text", field="pin") from None
