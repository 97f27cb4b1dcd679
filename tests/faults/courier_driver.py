"""A process that carries what is due, to be killed while it does: `python -m tests.faults.courier_driver DATABASE FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import dossiers.tables  # noqa: F401 - a notice may be about any of these
from api.clock import SystemClock, system_random
from api.delivery.opening import PostRoom, open_courier
from api.messages import load_messages
from api.settings import read_settings
from keys.kek import FileKek
from vault.blobs import open_blob_vault
from vault.database import open_database


def main() -> None:
    """Make one round with the settings of the environment."""
    database, folder = open_database(sys.argv[1]), Path(sys.argv[2])
    kek = FileKek("test", key=(folder / "kek").read_bytes(), random_bytes=system_random)
    room = PostRoom(
        settings=read_settings(),
        database=database,
        blobs=open_blob_vault(folder / "blobs", keysets=folder / "keysets", kek=kek),
        messages=load_messages(ZoneInfo("Asia/Ho_Chi_Minh")),
        clock=SystemClock(),
        random_bytes=system_random,
        is_specimen=True,
    )
    try:
        open_courier(room).round()
    finally:
        database.close()


if __name__ == "__main__":
    main()
