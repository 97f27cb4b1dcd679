"""A courier killed after the mail server has the message and before it could say so: told twice, and known by its id."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import dossiers.tables  # noqa: F401 - a notice may be about any of these
from api.delivery.opening import PostRoom, open_courier
from api.messages import load_messages
from api.settings import read_settings
from keys.kek import FileKek
from tests.databases import database_with_tables
from tests.heard_logs import started_heard
from tests.mail_server import MailHost, serve_mail, tls_of
from tests.vault_town import Town, TownClock
from vault.blobs import open_blob_vault
from vault.delivery import Contact, DeliveryState, Party, PartyKind, count_deliveries, set_contact
from vault.delivery.deliveries import CLAIM_TERM
from vault.holders import open_number_index
from vault.outbox import Message, put
from vault.stores import FolderStore

pytestmark = pytest.mark.slow

TREE = Path(__file__).resolve().parents[2]


def test_a_courier_killed_between_send_and_acknowledge_sends_again_under_the_same_id(tmp_path: Path) -> None:
    (tmp_path / "kek").write_bytes(secrets.token_bytes(32))
    kek = FileKek("test", key=(tmp_path / "kek").read_bytes(), random_bytes=secrets.token_bytes)
    vault = open_blob_vault(tmp_path / "blobs", keysets=tmp_path / "keysets", kek=kek)
    index = open_number_index(FolderStore(tmp_path / "keysets"), kek=kek, random_bytes=secrets.token_bytes)
    tls, trusted = tls_of(tmp_path / "tls", name="localhost", at=datetime.now(UTC))
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        os.kill(running[0].pid, signal.SIGKILL)
        running[0].wait()

    with database_with_tables(tmp_path) as database, serve_mail(MailHost(tls=tls, on_message=kill)) as mail:
        town = Town(tmp_path, database, vault, index, TownClock(datetime.now(UTC)))
        holder = town.enrol()
        record = town.deposit_copy(holder)
        contact = Contact(email="an@thi-du.example", by_email=True)
        party = Party(PartyKind.HOLDER, holder.holder_id)
        with database.transaction() as tx:
            set_contact(tx, party, contact, vault=vault, set_by="HOLDER", at=town.at, random_bytes=secrets.token_bytes)
            put(tx, Message("copy.certified", record.record_id, {"record": record.record_id}), at=town.at)
        environment = {
            "VIDIMUS_SMTP_HOST": "localhost",
            "VIDIMUS_SMTP_PORT": str(mail.port),
            "VIDIMUS_SMTP_FROM": "no-reply@thi-du.example",
            "VIDIMUS_SMTP_CA_FILE": str(trusted),
            "VIDIMUS_PRIVATE_SERVICES": "1",
        }
        command = [
            sys.executable,
            "-m",
            "tests.faults.courier_driver",
            f"sqlite:///{tmp_path / 'vidimus.db'}",
            str(tmp_path),
        ]
        with started_heard(command, cwd=TREE, env={**os.environ, **environment}) as courier:
            running.append(courier)
            assert courier.wait(timeout=60) == -signal.SIGKILL
        with database.read() as tx:
            assert list(count_deliveries(tx).values()) == [1]
        mail.on_message = lambda: None
        town.clock.advance(CLAIM_TERM + timedelta(minutes=1))
        messages = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))
        settings = replace(read_settings(environment), worker_name="another")
        room = PostRoom(settings, database, vault, messages, town.clock, secrets.token_bytes, is_specimen=True)
        assert open_courier(room).round() == 1
        with database.read() as tx:
            assert {state for _, state in count_deliveries(tx)} == {DeliveryState.DONE}
    assert len(mail.received) == 2
    assert len({message["Message-ID"] for message in mail.received}) == 1
