"""The composition root: everything with a lifetime is opened here once, handed down, and closed here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api import migrations
from api.backup.journal import Journal
from api.backup.opened import find_replica
from api.backup.quarantine import check_released
from api.backup.scrub import Scrubber, WeeklyScrub
from api.case_clock import CaseClock
from api.children import Children, open_children
from api.clock import SystemClock, system_random
from api.delivery.courier import Courier
from api.delivery.opening import PostRoom, open_courier, open_webhooks
from api.home import Home, open_home
from api.housekeeping import Housekeeping
from api.identity_providers import open_identity_providers
from api.key_encryption import open_kek
from api.key_stores import open_key_store
from api.law import open_law
from api.linked_results import CarryLinked
from api.log_evidence import open_log_evidence
from api.log_signing import LogSigner, open_log_signer, open_sequencers
from api.messages import Messages, load_messages
from api.nightly import Nightly
from api.observe.meter import Meter
from api.observe.traces import Traces, open_traces
from api.oidc import IdentityProvider
from api.outside.opening import OutsideDoors, open_outside
from api.progress import ProgressBoard
from api.report_budget import ReportBudget
from api.retention import Purger, check_retention_decided
from api.seal_pictures import SealPictures
from api.settings import Settings, verify_url_for
from api.trust_services import open_signing_services
from api.trust_shelf import TrustShelf
from api.working import STOP_GRACE_SECONDS, Part, take_part
from certify import (
    DryRunServices,
    LawPack,
    RenewalPolicy,
    SqlActivationUses,
    load_renewal_policy,
)
from certify.looks import Looks, load_looks
from certify.marks import CopyMarks
from certify.pipeline import Crafts, EngineSettings, KillAt, NoCrashPoints, Pipeline, PipelineServices, QueueLimits
from guard import Clock, IsolationReport, RandomBytes, SandboxPool, Spool
from keys import (
    ActivationDesk,
    Ed25519Key,
    EmbeddedAuthority,
    Mode,
    OfficeKeyStore,
    open_authority,
    open_ed25519_key,
)
from signing import SigningServices
from signing.verify import VerdictCache
from vault import (
    BlobVault,
    Database,
    LogKey,
    NumberIndex,
    Sequencer,
    Uploads,
    open_blob_vault,
    open_database,
    open_number_index,
)
from vault.backup import open_backup_place
from vault.stores import open_store

APPLICATION_VERSION: Final = "0.1.0"
MANIFEST_KEY: Final = "manifest"


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
    looks: Looks
    seal_pictures: SealPictures
    database: Database
    blobs: BlobVault
    uploads: Uploads
    spool: Spool
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
    purger: Purger
    log_signer: LogSigner
    sequencers: tuple[Sequencer, ...]
    housekeeping: Housekeeping
    couriers: tuple[Courier, ...]
    outside: OutsideDoors
    report_budget: ReportBudget
    journal: Journal | None
    meter: Meter
    traces: Traces
    verify_url: str
    identity_providers: Mapping[str, IdentityProvider]

    @property
    def law_now(self) -> LawPack:
        """The law as it holds at this moment; `law` knows every row of all times."""
        return self.law.in_force(self.clock.now())

    @property
    def specimen_text(self) -> str | None:
        """What every paper made here says across its pages: that it is a specimen, or of a training; None in production."""
        if self.home.mode is Mode.TRAINING:
            return "MẪU – SPECIMEN · HUẤN LUYỆN"
        return "MẪU – SPECIMEN" if self.is_specimen else None

    @property
    def is_specimen(self) -> bool:
        """Whether everything made here says MẪU – SPECIMEN."""
        return self.home.mode is not Mode.PRODUCTION

    def publish_log(self) -> None:
        """Number the waiting leaves of both trees and publish their tiles; the access tree first.

        Raises:
            HomeQuarantined: the office was restored, and what the log had published since is not known yet.
        """
        check_released(self.database)
        for sequencer in self.sequencers:
            sequencer.run_once()


@contextlib.contextmanager
def open_services(
    settings: Settings, *, with_worker: bool = True, part: Part | None = None, children: Children | None = None
) -> Iterator[Services]:
    """Open the home and everything in it, in an order that fails early; close it all in the end.

    What this process does of the work is its `part`; without one it works, or with `with_worker=False` only looks.
    Children that are open already are used in place of own ones, and left open.

    Raises:
        HomeMissing: there is no home at this place.
        SampleLawInProduction: the country's law pack is a sample, and the home is for real copies.
        BadSetting: production lacks a setting it needs.
        WorkerNameTaken: it is to work, and a living process works under its name.
        Errors of the packages: a key, the database, the isolation or the trust folder cannot be used.
    """
    part = part or (Part.HELP if with_worker else Part.LOOK)
    home = open_home(settings.home)
    verify_url = verify_url_for(settings, home)
    clock = SystemClock()
    law = open_law(home.country, mode=home.mode)
    renewal = load_renewal_policy(home.country, timezone=law.timezone)
    with contextlib.ExitStack() as stack:
        children = children or stack.enter_context(open_children(readers=settings.ocr_processes))
        database = open_database(settings.database_url)
        stack.callback(database.close)
        _check_tables(database, settings, law=law, mode=home.mode, at=None if part is Part.LOOK else clock.now())
        kek = open_kek(settings, home)
        blobs = open_blob_vault(settings.blobs_url, keysets=settings.keysets_url, kek=kek)
        keystore = open_key_store(settings, home, clock=clock)
        desk = ActivationDesk(keystore, uses=SqlActivationUses(database), clock=clock, random_bytes=system_random)
        stack.callback(desk.close)
        authority = (
            open_authority(home.authority, clock=clock, random_bytes=system_random)
            if home.mode is not Mode.PRODUCTION
            else None
        )
        trust = TrustShelf(home, authority=authority, clock=clock)
        signing = open_signing_services(
            settings,
            home,
            authority=authority,
            database=database,
            clock=clock,
            anchors=trust.anchors() if settings.tsa_urls or settings.revocation_urls else None,
        )
        meter, looks, seal_pictures = Meter(), load_looks(home.country), SealPictures(home.seals)
        traces = open_traces(
            settings.traces_url, worker_name=settings.worker_name, version=APPLICATION_VERSION, clock=clock
        )
        stack.callback(traces.close)
        progress, uploads = ProgressBoard(meter.step_seconds, traces), Uploads(database, blobs, system_random)
        pipeline = Pipeline(
            PipelineServices(
                database=database,
                blobs=blobs,
                crafts=Crafts(
                    ocr_sandbox=children.ocr_pool,
                    verify_sandbox=children.verify_pool,
                    signing=signing,
                    trust=trust.anchors,
                    languages=law.ocr_languages,
                    scan_rule=law.scan_rule,
                ),
                activations=desk,
                credential=keystore.credential,
                law=law,
                marks=CopyMarks(looks, seal_pictures.find),
                renewal=renewal,
                mode=home.mode,
                verify_url=verify_url,
                worker_name=settings.worker_name,
                clock=clock,
                random_bytes=system_random,
                on_progress=progress.note,
                spool=Spool(home.spool),
            ),
            engine=EngineSettings(
                database_url=database.url,
                worker_name=settings.worker_name,
                application_version=APPLICATION_VERSION,
                concurrency=settings.ocr_processes,
                grace_seconds=STOP_GRACE_SECONDS,
            ),
            crash_hook=KillAt(settings.crash_at) if settings.crash_at else NoCrashPoints(),
            limits=QueueLimits(settings.waiting_per_agency, settings.waiting),
        )
        log_signer = open_log_signer(home)
        couriers, journal = (
            _couriers(settings, home, database=database, blobs=blobs, clock=clock, law=law),
            _journal(settings, home, database=database, clock=clock),
        )
        sequencers = open_sequencers(database, home, signer=log_signer, clock=clock, name=settings.worker_name)
        manifest_key = open_ed25519_key(home.keys, key_id=MANIFEST_KEY)
        purger = Purger(database, pipeline, law=law, mode=home.mode, key=manifest_key, tools=(clock, system_random))
        housekeeping = Housekeeping(
            _chores(
                home,
                log=(
                    *(sequencer.run_once for sequencer in sequencers),
                    open_log_evidence(settings, home, database, log_signer, timestamps=signing.timestamps, clock=clock),
                ),
                journal=journal,
                pipeline=pipeline,
                purger=purger,
                nightly=Nightly(
                    DryRunServices(database, keystore, signing, clock, system_random),
                    law=law,
                    founded_at=home.created_at,
                ),
                more=(
                    CaseClock(database, clock),
                    CarryLinked(
                        database, manifest_key, (clock, system_random), with_samples=home.mode is not Mode.PRODUCTION
                    ),
                    desk.close_expired,
                    lambda: uploads.sweep(at=clock.now()),
                ),
                scrubber=Scrubber(
                    database, blobs, home, LogKey(log_signer.name, log_signer.public_key), find_replica(settings)
                ),
                clock=clock,
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
            database=database,
            blobs=blobs,
            uploads=uploads,
            spool=Spool(home.spool),
            number_index=open_number_index(open_store(settings.keysets_url), kek=kek, random_bytes=system_random),
            keystore=keystore,
            desk=desk,
            authority=authority,
            signing=signing,
            trust=trust,
            isolation=children.isolation,
            ocr_pool=children.ocr_pool,
            verify_pool=children.verify_pool,
            public_pool=children.public_pool,
            verdicts=VerdictCache(),
            pipeline=pipeline,
            progress=progress,
            manifest_key=manifest_key,
            purger=purger,
            log_signer=log_signer,
            sequencers=sequencers,
            housekeeping=housekeeping,
            couriers=couriers,
            outside=open_outside(settings, law=law, is_specimen=home.mode is not Mode.PRODUCTION, at=clock.now()),
            report_budget=ReportBudget(settings.reports_per_hour),
            journal=journal,
            meter=meter,
            traces=traces,
            verify_url=verify_url,
            identity_providers=open_identity_providers(settings, clock=clock),
        )
        take_part(services, part, stack)
        yield services


def _check_tables(database: Database, settings: Settings, *, law: LawPack, mode: Mode, at: datetime | None) -> None:
    if at is None:
        # Who only reads must not wait for a writer, let alone change tables under it.
        migrations.check_current(database)
        return
    migrations.upgrade(database)
    check_released(database)
    check_retention_decided(database, law=law, mode=mode, settings=settings, at=at)


def _chores(
    home: Home,
    *,
    log: tuple[Callable[[], object], ...],
    journal: Journal | None,
    pipeline: Pipeline,
    purger: Purger,
    nightly: Nightly,
    more: tuple[Callable[[], object], ...],
    scrubber: Scrubber,
    clock: Clock,
) -> tuple[Callable[[], object], ...]:
    return (
        *log,
        # After the log: what was published must be known elsewhere before anything else is done.
        *([journal] if journal is not None else []),
        pipeline.void_expired,
        pipeline.resume_stopped,
        pipeline.put_forgotten,
        pipeline.renew_due,
        purger,
        nightly,
        *more,
        WeeklyScrub(scrubber, home, clock),
    )


def _journal(settings: Settings, home: Home, *, database: Database, clock: Clock) -> Journal | None:
    if not settings.backup_url:
        return None
    return Journal(database, home, open_backup_place(settings.backup_url, keysets=settings.backup_keysets_url), clock)


def _couriers(
    settings: Settings, home: Home, *, database: Database, blobs: BlobVault, clock: Clock, law: LawPack
) -> tuple[Courier, ...]:
    messages, is_specimen = load_messages(law.timezone), home.mode is not Mode.PRODUCTION
    room = PostRoom(
        settings,
        database,
        blobs,
        messages,
        clock,
        system_random,
        is_specimen,
        home.country,
        is_training=home.mode is Mode.TRAINING,
    )
    return open_courier(room), open_webhooks(room)
