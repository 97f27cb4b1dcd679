"""The composition root: everything with a lifetime is opened here once, handed down, and closed here."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api import migrations
from api.clock import SystemClock, system_random
from api.home import Home, open_home
from api.housekeeping import Housekeeping
from api.key_stores import open_key_store
from api.messages import Messages, load_messages
from api.nightly import Nightly
from api.progress import ProgressBoard
from api.report_budget import ReportBudget
from api.seal_pictures import SealPictures
from api.settings import Settings, verify_url_for
from api.trust_services import open_signing_services
from certify import (
    DryRunServices,
    LawPack,
    RenewalPolicy,
    SqlActivationUses,
    load_law,
    load_renewal_policy,
)
from certify.looks import CERTIFICATION, load_looks
from certify.marks import CopyMarks
from certify.pipeline import Crafts, EngineSettings, KillAt, NoCrashPoints, Pipeline, PipelineServices
from dossiers import Catalogue, load_catalogue
from guard import Clock, IsolationReport, RandomBytes, SandboxPool, probe_isolation
from keys import (
    ActivationDesk,
    Ed25519Key,
    EmbeddedAuthority,
    Mode,
    OfficeKeyStore,
    TrustAnchors,
    load_trust_folder,
    open_authority,
    open_ed25519_key,
    open_file_kek,
)
from ocr import ocr_sandbox
from signing import Look, SigningServices
from signing.verify import VerdictCache, verify_sandbox
from vault import BlobVault, Database, NumberIndex, Sequencer, Tree, open_blob_vault, open_database, open_number_index
from vault.stores import open_store

APPLICATION_VERSION: Final = "0.1.0"
LOG_KEY: Final = "log"
MANIFEST_KEY: Final = "manifest"
COUNTRY: Final = "vn"
# CRLs of the embedded authority are written anew before they are an hour old.
_TRUST_LIFETIME: Final = timedelta(minutes=30)


class TrustShelf:
    """The trust anchors in force: read from the home's folder, refreshed from the embedded authority when it is ours."""

    def __init__(self, home: Home, *, authority: EmbeddedAuthority | None, clock: Clock) -> None:
        """Nothing is read before the first question."""
        self._home = home
        self._authority = authority
        self._clock = clock
        self._lock = threading.Lock()
        self._anchors: TrustAnchors | None = None
        self._read_at: datetime | None = None

    def anchors(self) -> TrustAnchors:
        """Give the anchors with revocation lists that are not stale.

        Raises:
            TrustFolderUnusable: the folder holds something that is no anchor.
        """
        with self._lock:
            now = self._clock.now()
            if self._anchors is None or self._read_at is None or now - self._read_at >= _TRUST_LIFETIME:
                if self._authority is not None:
                    self._authority.export_trust(self._home.trust, at=now)
                self._anchors = load_trust_folder(self._home.trust, mode=self._home.mode)
                self._read_at = now
            return self._anchors

    def refresh(self) -> None:
        """Read anew at the next question: something was revoked."""
        with self._lock:
            self._read_at = None


@dataclass(frozen=True, slots=True)
class LogSigner:
    """The log's key under the log's name, as the sequencer wants it."""

    name: str
    key: Ed25519Key

    @property
    def public_key(self) -> bytes:
        """The 32 raw bytes."""
        return self.key.public_key_raw

    def sign(self, message: bytes) -> bytes:
        """Sign a checkpoint."""
        return self.key.sign(message)


@dataclass(frozen=True, slots=True)
class Services:
    """One open Vidimus."""

    settings: Settings
    home: Home
    clock: Clock
    random_bytes: RandomBytes
    messages: Messages
    law: LawPack
    renewal: RenewalPolicy
    looks: Mapping[str, Look]
    seal_pictures: SealPictures
    catalogue: Catalogue
    database: Database
    blobs: BlobVault
    number_index: NumberIndex
    keystore: OfficeKeyStore
    desk: ActivationDesk
    authority: EmbeddedAuthority | None
    signing: SigningServices
    trust: TrustShelf
    isolation: IsolationReport
    ocr_pool: SandboxPool
    verify_pool: SandboxPool
    public_pool: SandboxPool
    verdicts: VerdictCache
    pipeline: Pipeline
    progress: ProgressBoard
    manifest_key: Ed25519Key
    log_signer: LogSigner
    sequencers: tuple[Sequencer, ...]
    housekeeping: Housekeeping
    report_budget: ReportBudget
    verify_url: str

    @property
    def is_specimen(self) -> bool:
        """Whether everything made here says MẪU – SPECIMEN."""
        return self.home.mode is not Mode.PRODUCTION

    def publish_log(self) -> None:
        """Number the waiting leaves of both trees and publish their tiles; the access tree first."""
        for sequencer in self.sequencers:
            sequencer.run_once()


@contextlib.contextmanager
def open_services(settings: Settings, *, with_worker: bool = True) -> Iterator[Services]:
    """Open the home and everything in it, in an order that fails early; close it all in the end.

    Raises:
        HomeMissing: there is no home at this place.
        BadSetting: production lacks a setting it needs.
        Errors of the packages: a key, the database, the isolation or the trust folder cannot be used.
    """
    home = open_home(settings.home)
    verify_url = verify_url_for(settings, home)
    clock = SystemClock()
    law = load_law(COUNTRY)
    renewal = load_renewal_policy(COUNTRY, timezone=law.timezone)
    with contextlib.ExitStack() as stack:
        isolation = probe_isolation()
        database = open_database(settings.database_url)
        stack.callback(database.close)
        if with_worker:
            migrations.upgrade(database)
        else:
            # Who only reads must not wait for a writer, let alone change tables under it.
            migrations.check_current(database)
        kek = open_file_kek(home.kek, random_bytes=system_random)
        blobs = open_blob_vault(settings.blobs_url, keysets=settings.keysets_url, kek=kek)
        keystore = open_key_store(settings, home, clock=clock)
        desk = ActivationDesk(keystore, uses=SqlActivationUses(database), clock=clock, random_bytes=system_random)
        stack.callback(desk.close)
        authority = None
        if home.mode is not Mode.PRODUCTION:
            authority = open_authority(home.authority, clock=clock, random_bytes=system_random)
        trust = TrustShelf(home, authority=authority, clock=clock)
        signing = open_signing_services(
            settings,
            home,
            authority=authority,
            database=database,
            clock=clock,
            anchors=trust.anchors() if settings.tsa_urls or settings.revocation_urls else None,
        )
        ocr_pool = stack.enter_context(ocr_sandbox(settings.ocr_processes, isolation.isolation))
        verify_pool = stack.enter_context(verify_sandbox(size=1, isolation=isolation.isolation, public=False))
        public_pool = stack.enter_context(verify_sandbox(size=1, isolation=isolation.isolation, public=True))
        progress, looks, seal_pictures = ProgressBoard(), load_looks(COUNTRY), SealPictures(home.seals)
        pipeline = Pipeline(
            PipelineServices(
                database=database,
                blobs=blobs,
                crafts=Crafts(
                    ocr_sandbox=ocr_pool,
                    verify_sandbox=verify_pool,
                    signing=signing,
                    trust=trust.anchors,
                    languages=("vie",),
                ),
                activations=desk,
                credential=keystore.credential,
                law=law,
                marks=CopyMarks(looks[CERTIFICATION], seal_pictures.find),
                renewal=renewal,
                mode=home.mode,
                verify_url=verify_url,
                worker_name=settings.worker_name,
                clock=clock,
                random_bytes=system_random,
                on_progress=progress.note,
            ),
            engine=EngineSettings(
                database_url=database.url,
                worker_name=settings.worker_name,
                application_version=APPLICATION_VERSION,
                concurrency=settings.ocr_processes,
            ),
            crash_hook=KillAt(settings.crash_at) if settings.crash_at else NoCrashPoints(),
        )
        log_key = open_ed25519_key(home.keys, key_id=LOG_KEY)
        log_signer = LogSigner(name=_log_origin(log_key), key=log_key)
        sequencers = _sequencers(database, home, signer=log_signer, clock=clock, name=settings.worker_name)
        paths = DryRunServices(
            database=database, keystore=keystore, signing=signing, clock=clock, random_bytes=system_random
        )
        housekeeping = Housekeeping(
            (
                *(sequencer.run_once for sequencer in sequencers),
                pipeline.void_expired,
                pipeline.resume_stopped,
                pipeline.renew_due,
                desk.close_expired,
                Nightly(paths, law=law, founded_at=home.created_at),
            )
        )
        services = Services(
            settings=settings,
            home=home,
            clock=clock,
            random_bytes=system_random,
            messages=load_messages(law.timezone),
            law=law,
            renewal=renewal,
            looks=looks,
            seal_pictures=seal_pictures,
            catalogue=load_catalogue(),
            database=database,
            blobs=blobs,
            number_index=open_number_index(open_store(settings.keysets_url), kek=kek, random_bytes=system_random),
            keystore=keystore,
            desk=desk,
            authority=authority,
            signing=signing,
            trust=trust,
            isolation=isolation,
            ocr_pool=ocr_pool,
            verify_pool=verify_pool,
            public_pool=public_pool,
            verdicts=VerdictCache(),
            pipeline=pipeline,
            progress=progress,
            manifest_key=open_ed25519_key(home.keys, key_id=MANIFEST_KEY),
            log_signer=log_signer,
            sequencers=sequencers,
            housekeeping=housekeeping,
            report_budget=ReportBudget(settings.reports_per_hour),
            verify_url=verify_url,
        )
        if with_worker:
            pipeline.start()
            stack.callback(pipeline.stop)
            stack.enter_context(housekeeping.running())
        yield services


def _sequencers(database: Database, home: Home, *, signer: LogSigner, clock: Clock, name: str) -> tuple[Sequencer, ...]:
    # The public checkpoint names the root of the access tree, so that one grows first.
    return tuple(
        Sequencer(
            database, store=open_store(home.log / tree.value.lower()), signer=signer, clock=clock, name=name, tree=tree
        )
        for tree in (Tree.ACCESS, Tree.CERTIFICATIONS)
    )


def _log_origin(key: Ed25519Key) -> str:
    # The name of a log is for ever: it follows from its key and from nothing that a setting could change.
    return f"vidimus.log/{hashlib.sha256(key.public_key_raw).hexdigest()[:16]}"
