"""`vidimus key link`: make a key that lies on a token or at a remote signing service known here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Language, open_console
from api.cli.pins import read_pin
from api.clock import SystemClock
from api.errors import RequestInvalid
from api.home import open_home
from api.key_stores import open_key_store
from keys import Attendance, load_trust_folder


def link(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="Id under which the key is known here.")],
    location: Annotated[str, typer.Argument(metavar="URI", help="pkcs11:token=NAME;id=%01, or csc:CREDENTIAL.")],
    *,
    unattended: Annotated[bool, typer.Option("--unattended", help="Nobody is present when it signs: a seal.")] = False,
    pin_fd: Annotated[int | None, typer.Option(help="Read the PIN of an unattended key from this descriptor.")] = None,
    pin_file: Annotated[Path | None, typer.Option(help="Read the PIN of an unattended key from this file.")] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Make a key on a token or at a remote signing service known here; its certificate is read there, no PIN is tried."""
    console = open_console(lang)
    pin = read_pin(pin_fd, pin_file)
    if unattended and pin is None:
        raise RequestInvalid("an unattended key needs its PIN: --pin-fd or --pin-file", field="pin")
    home = open_home(console.settings.home)
    store = open_key_store(console.settings, home, clock=SystemClock())
    anchors = load_trust_folder(home.trust, mode=home.mode)
    credential = store.link(
        key_id,
        location=location,
        attendance=Attendance.UNATTENDED if unattended else Attendance.BY_PERSON,
        pin=pin,
        issuers_der=(*anchors.intermediates_der, *anchors.roots_der),
    )
    console.result(f"{credential.key_id}  {credential.algorithm.value}")
