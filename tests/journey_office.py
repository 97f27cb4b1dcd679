"""A whole office on disk that can be closed, killed and opened again: authority, keys, database, blobs, pipeline."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from api.demo.seal_picture import draw_specimen_seal
from certify.approve import ApprovalRequest, SqlActivationUses
from certify.case import add_item, compare, present_original
from certify.items import Item, get_item, list_items_in
from certify.looks import load_looks
from certify.marks import CopyMarks
from certify.notices import SqlNotices
from certify.pipeline import (
    Crafts,
    CrashPoints,
    EngineSettings,
    NoCrashPoints,
    OutcomeKind,
    Pipeline,
    PipelineServices,
    Progress,
    Upload,
)
from certify.register import get_book
from certify.staff import get_staff
from certify.tables import approvals, books, ready_copies
from certify.transitions import ItemState
from guard.spool import HELD_BYTES, Spool
from keys import (
    ActivationDesk,
    ActivationRequest,
    Attendance,
    Credential,
    CredentialKind,
    EmbeddedAuthority,
    FaultBoard,
    InProcessRevocation,
    InProcessTimestamps,
    KeyAlgorithm,
    KeyStore,
    Mode,
    NoticedRevocation,
    Pin,
    Pkcs12KeyStore,
    Subject,
    TrustAnchors,
    create_authority,
    load_trust_folder,
    open_authority,
)
from signing import SealImage, SigningServices
from tests.bureau import AGENCY_NAME, AT, LAW, RENEWAL, build_bureau, new_case, open_kek
from tests.heard_rows import secrets_in_rows
from tests.office import FEW_ROUNDS
from tests.small_paper import small_scan
from tests.warm_children import plain_judges, plain_readers
from vault.blobs import open_blob_vault
from vault.database import Database, open_database
from vault.holders import get_holder

OFFICER_PIN = "246813579"
VERIFY_URL = "https://tra-cuu.thi-du.example"
APPLICATION_VERSION = "test-1"
SPECIMEN_SEAL = SealImage.load(draw_specimen_seal())


class RunningClock:
    """Begins at a given moment and runs on; a process that starts again continues later, never earlier."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._began)

    def advance(self, by: timedelta) -> None:
        self._start += by


@dataclass(frozen=True, slots=True)
class Facts:
    """What the people of the office know by heart."""

    officer_id: str
    holder_id: str
    book_id: str


def found_office(folder: Path, database_url: str) -> Facts:
    """Make authority, keys, tables, staff, book and a holder."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = create_authority(
        folder / "authority",
        mode=Mode.DEMO,
        at=AT,
        random_bytes=secrets.token_bytes,
        base_url="http://127.0.0.1:8399/pki",
    )
    keystore = Pkcs12KeyStore(folder / "keys", mode=Mode.DEMO)
    _install(authority, keystore, "officer-1", CredentialKind.OFFICER, cn="Nguyễn Thị Mẫu", pin=Pin(OFFICER_PIN))
    _install(authority, keystore, "officer-2", CredentialKind.OFFICER, cn="Trần Văn Mẫu", pin=Pin(OFFICER_PIN))
    _install(
        authority,
        keystore,
        "seal",
        CredentialKind.SEAL,
        cn=AGENCY_NAME,
        pin=Pin(secrets.token_hex(16)),
        attendance=Attendance.UNATTENDED,
    )
    database = open_database(database_url)
    database.create_all()
    bureau = build_bureau(folder, database)
    database.close()
    facts = Facts(bureau.officer.staff_id, bureau.holder.holder_id, bureau.book.book_id)
    (folder / "facts.json").write_text(json.dumps([facts.officer_id, facts.holder_id, facts.book_id]))
    return facts


def _install(
    authority: EmbeddedAuthority,
    keystore: Pkcs12KeyStore,
    key_id: str,
    kind: CredentialKind,
    *,
    cn: str,
    pin: Pin,
    attendance: Attendance = Attendance.BY_PERSON,
) -> Credential:
    issued = authority.issue(
        kind,
        subject=Subject(cn=cn, o=AGENCY_NAME),
        pin=pin,
        at=AT,
        algorithm=KeyAlgorithm.ECDSA_P256_SHA256,
        rounds=FEW_ROUNDS,
    )
    return keystore.install(key_id, pkcs12=issued.pkcs12, pin=pin, attendance=attendance)


class JourneyOffice:
    """The office as one process sees it; a client of its own pipeline, as the doors are."""

    def __init__(
        self,
        folder: Path,
        database_url: str,
        *,
        crash_hook: CrashPoints,
        at: datetime = AT,
        worker_name: str = "w1",
        on_progress: Callable[[Progress], None] | None = None,
        keystore: KeyStore | None = None,
        held_bytes: int = HELD_BYTES,
    ) -> None:
        self.folder = folder
        self.clock = RunningClock(at)
        self.facts = Facts(*json.loads((folder / "facts.json").read_text()))
        self.database: Database = open_database(database_url)
        self.blobs = open_blob_vault(folder / "blobs", keysets=folder / "keysets", kek=open_kek(folder))
        self.authority = open_authority(folder / "authority", clock=self.clock, random_bytes=secrets.token_bytes)
        self.faults = FaultBoard(folder / "authority")
        self.keystore: KeyStore = keystore or Pkcs12KeyStore(folder / "keys", mode=Mode.DEMO)
        self.desk = ActivationDesk(
            self.keystore,
            uses=SqlActivationUses(self.database),
            clock=self.clock,
            random_bytes=secrets.token_bytes,
        )
        self.progress: list[Progress] = []
        self._stack = ExitStack()
        spool = Spool(folder / "spool", held_bytes=held_bytes)
        self.room = self._stack.enter_context(spool.room())
        self.services = PipelineServices(
            database=self.database,
            blobs=self.blobs,
            crafts=Crafts(
                ocr_sandbox=plain_readers(),
                verify_sandbox=plain_judges(),
                signing=SigningServices(
                    timestamps=InProcessTimestamps(
                        self.authority, clock=self.clock, random_bytes=secrets.token_bytes, faults=self.faults
                    ),
                    revocation=NoticedRevocation(
                        InProcessRevocation(
                            self.authority, clock=self.clock, random_bytes=secrets.token_bytes, faults=self.faults
                        ),
                        notices=SqlNotices(self.database),
                    ),
                ),
                trust=self.trust,
                languages=("vie",),
                scan_rule=LAW.scan_rule,
            ),
            activations=self.desk,
            credential=self.keystore.credential,
            law=LAW,
            marks=CopyMarks(load_looks("vn"), lambda _code: SPECIMEN_SEAL),
            renewal=RENEWAL,
            mode=Mode.DEMO,
            verify_url=VERIFY_URL,
            worker_name=worker_name,
            clock=self.clock,
            random_bytes=secrets.token_bytes,
            on_progress=on_progress or self.progress.append,
            spool=spool,
        )
        self.pipeline = Pipeline(
            self.services,
            engine=EngineSettings(
                database_url=self.database.url,
                worker_name=worker_name,
                application_version=APPLICATION_VERSION,
                concurrency=2,
            ),
            crash_hook=crash_hook,
        )

    def close(self) -> None:
        self.pipeline.stop()
        self._stack.close()
        self.desk.close()
        told = secrets_in_rows(self.database)
        self.database.close()
        assert told == set(), told

    def trust(self) -> TrustAnchors:
        folder = self.folder / "trust"
        self.authority.export_trust(folder, at=self.clock.now())
        return load_trust_folder(folder, mode=Mode.DEMO)

    def declare_item(self) -> Item:
        """Open a case with one original that lies on the counter."""
        with self.database.read() as tx:
            holder = get_holder(tx, self.facts.holder_id)
        case = self.pipeline.open_case(
            new_case(holder), requester_name="Lê Thị Thí Dụ", opened_by=self.facts.officer_id
        )
        with self.database.transaction() as tx:
            item = add_item(
                tx,
                case.case_id,
                doc_type="VN.BIRTH_CERT",
                title="Giấy khai sinh",
                copies=1,
                at=self.clock.now(),
                random_bytes=secrets.token_bytes,
            )
            return present_original(tx, item.item_id, staff_id=self.facts.officer_id, at=self.clock.now())

    def upload(self, item: Item, content: bytes | None = None, *, declared_type: str = "image/jpeg") -> Item:
        return self.pipeline.submit_upload(
            item.item_id, Upload(content or holder_scan(), declared_type), staff_id=self.facts.officer_id
        )

    def compare(self, item: Item) -> Item:
        with self.database.transaction() as tx:
            return compare(
                tx,
                item.item_id,
                officer_id=self.facts.officer_id,
                pages_compared=item.page_count or 0,
                at=self.clock.now(),
            )

    def extracted_item(self) -> Item:
        """An item whose small scan was read."""
        item = self.upload(self.declare_item())
        assert self.pipeline.wait_read(item.item_id, timeout_seconds=120).kind is OutcomeKind.DONE
        return self.item(item.item_id)

    def prepared_item(self) -> Item:
        """An item that waits for the officer's yes."""
        item = self.compare(self.extracted_item())
        outcome = self.pipeline.prepare(item.item_id, officer_id=self.facts.officer_id, timeout_seconds=60)
        assert outcome.kind is OutcomeKind.DONE, outcome
        return self.item(item.item_id)

    def activate(self, item_id: str) -> str:
        """The officer types the PIN over the ready copy's digest."""
        with self.database.read() as tx:
            officer = get_staff(tx, self.facts.officer_id)
        request = ActivationRequest(
            key_id=officer.key_id or "",
            user_id=officer.staff_id,
            expires_at=self.clock.now() + timedelta(minutes=5),
            digests=(self.pipeline.ready_copy(item_id).sha256_hex or "",),
        )
        return self.desk.activate_by_pin(request, Pin(OFFICER_PIN))

    def approval_request(self, item_id: str, *, activation_id: str | None = None) -> ApprovalRequest:
        ready = self.pipeline.ready_copy(item_id)
        return ApprovalRequest(
            ready_id=ready.ready_id,
            sha256_hex=ready.sha256_hex or "",
            officer_id=self.facts.officer_id,
            activation_id=activation_id or self.activate(item_id),
            checklist=tuple(line.code for line in LAW.checklist),
        )

    def item(self, item_id: str) -> Item:
        with self.database.read() as tx:
            return get_item(tx, item_id)

    def the_only_item(self) -> Item | None:
        with self.database.read() as tx:
            found = list_items_in(tx, states=tuple(ItemState))
        assert len(found) <= 1
        return found[0] if found else None

    def is_approved(self, item: Item) -> bool:
        query = (
            select(approvals.c.approval_id)
            .join(ready_copies, ready_copies.c.ready_id == approvals.c.ready_id)
            .where(ready_copies.c.item_id == item.item_id, ready_copies.c.attempt == item.attempt)
        )
        with self.database.read() as tx:
            return tx.execute(query).one_or_none() is not None

    def book_display(self) -> str:
        with self.database.read() as tx:
            return get_book(tx, tx.execute(select(books.c.book_id)).scalar_one()).display


def holder_scan() -> bytes:
    """A small scan of the holder whom `bureau` knows."""
    return small_scan(holder="Lê Thị Thí Dụ", born="02/01/1990")


@contextmanager
def working_office(folder: Path, *, held_bytes: int = HELD_BYTES) -> Iterator[JourneyOffice]:
    """A new office on SQLite in `folder`, its pipeline at work; documents above `held_bytes` lie in files."""
    url = f"sqlite:///{folder}/vidimus.db"
    found_office(folder, url)
    opened = JourneyOffice(folder, url, crash_hook=NoCrashPoints(), held_bytes=held_bytes)
    opened.pipeline.start()
    yield opened
    opened.close()
