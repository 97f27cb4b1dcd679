"""A copy in the vault is renewed: a newer rendition that holds longer, every earlier one still known, no byte changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from certify.pipeline import NoCrashPoints, OutcomeKind, Pipeline
from certify.pipeline.engine import EngineSettings
from certify.pipeline.renew_record import RenewRecord, job_of_renewal
from certify.pipeline.steps import Step
from certify.renewal import DueRecord, get_protected
from keys import (
    CredentialKind,
    EmbeddedAuthority,
    InProcessRevocation,
    InProcessTimestamps,
    Mode,
    RevocationSource,
    TimestampToken,
    TimestampUnavailable,
    TrustAnchors,
    create_authority,
)
from signing import SigningServices
from tests.journey_office import APPLICATION_VERSION, JourneyOffice, found_office
from vault.history import history_for_holder
from vault.log.tables import log_leaves
from vault.owners import HolderOwner
from vault.papers import Record
from vault.records import list_for_holder
from vault.shapes import RenditionAge, RenditionKind
from vault.status import status

# Starts real processes and reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow
NEARLY_OVER = timedelta(days=5 * 365 - 90)


class RevocationOfBoth:
    """Asks the authority that issued."""

    def __init__(self, *, old: RevocationSource, new: RevocationSource, new_issuers: frozenset[bytes]) -> None:
        self._old, self._new, self._new_issuers = old, new, new_issuers

    def ocsp(self, certificate_der: bytes, issuer_der: bytes) -> bytes:
        return (self._new if issuer_der in self._new_issuers else self._old).ocsp(certificate_der, issuer_der)

    def crl(self, issuer_der: bytes) -> bytes:
        return (self._new if issuer_der in self._new_issuers else self._old).crl(issuer_der)


class Silent:
    """A time-stamping service that is away."""

    # It says the same whatever it is asked.
    def stamp(self, imprint_sha256: bytes, *, at_sent: object) -> TimestampToken:  # noqa: ARG002
        raise TimestampUnavailable("nobody answers")


class AgedOffice:
    """An office with one sealed copy whose time-stamp ends in three months, and whose pipeline can be served anew."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder}/home/vidimus.db"
        found_office(folder / "home", url)
        # Every document in a file, as a long one would be.
        self.office = JourneyOffice(folder / "home", url, crash_hook=NoCrashPoints(), held_bytes=0)
        self.office.pipeline.start()
        item = self.office.prepared_item()
        approval = self.office.pipeline.approve_and_certify(self.office.approval_request(item.item_id))
        outcome = self.office.pipeline.wait_certified(approval, timeout_seconds=60)
        assert outcome.kind is OutcomeKind.DONE, outcome
        self.office.pipeline.stop()
        self.office.clock.advance(NEARLY_OVER)
        self.successor: EmbeddedAuthority = create_authority(
            folder / "successor",
            mode=Mode.DEMO,
            at=self.office.clock.now(),
            random_bytes=secrets.token_bytes,
            base_url="http://127.0.0.1:8398/pki",
        )
        self.pipeline = self.office.pipeline
        self.services = self.office.services

    def serve(self, signing: SigningServices) -> Pipeline:
        """Run the pipeline with these services."""
        self.pipeline.stop()
        crafts = replace(self.office.services.crafts, signing=signing, trust=self.trust)
        self.services = replace(self.office.services, crafts=crafts)
        self.pipeline = Pipeline(
            self.services,
            engine=EngineSettings(
                database_url=self.office.database.url,
                worker_name="w1",
                application_version=APPLICATION_VERSION,
                concurrency=1,
            ),
            crash_hook=NoCrashPoints(),
        )
        self.pipeline.start()
        return self.pipeline

    def steps(self) -> tuple[Step, ...]:
        """The steps of a renewal with the services that are served now."""
        return RenewRecord(self.services).workflow().steps

    def by_successor(self) -> SigningServices:
        clock, issuers = self.office.clock, frozenset({self.successor.issuing_der, self.successor.root_der})
        old = InProcessRevocation(self.office.authority, clock=clock, random_bytes=secrets.token_bytes)
        new = InProcessRevocation(self.successor, clock=clock, random_bytes=secrets.token_bytes)
        return SigningServices(
            timestamps=InProcessTimestamps(self.successor, clock=clock, random_bytes=secrets.token_bytes),
            revocation=RevocationOfBoth(old=old, new=new, new_issuers=issuers),
        )

    def trust(self) -> TrustAnchors:
        present, at = self.office.trust(), self.office.clock.now()
        crls = [self.successor.crl_der(kind, at=at) for kind in (CredentialKind.ROOT, CredentialKind.ISSUING)]
        return replace(
            present,
            roots_der=(*present.roots_der, self.successor.root_der),
            intermediates_der=(*present.intermediates_der, self.successor.issuing_der),
            crls_der=(*present.crls_der, *crls),
        )

    def due(self) -> DueRecord:
        self.pipeline.renewals.survey()
        services = self.office.services
        (only,) = self.pipeline.renewals.plan(policy=services.renewal, at=services.clock.now(), limit=5).due
        return only

    def record(self) -> Record:
        with self.office.database.read() as tx:
            (record,) = list_for_holder(tx, HolderOwner(self.office.facts.holder_id))
        return record

    def close(self) -> None:
        self.pipeline.stop()
        self.office.close()


@pytest.fixture
def aged(tmp_path: Path) -> Iterator[AgedOffice]:
    opened = AgedOffice(tmp_path)
    yield opened
    opened.close()


def test_copy_is_renewed_before_its_time_stamp_ends(aged: AgedOffice) -> None:
    office = aged.office
    pipeline = aged.serve(aged.by_successor())
    before = aged.record().newest(RenditionKind.SIGNED_PDF)
    due = aged.due()
    # A worker that died after a step runs it again: each step is run twice before the job, and all of them after it.
    steps, job = aged.steps(), job_of_renewal(due.record)
    for step in steps[:2]:
        assert [step.run(job).kind for _ in range(2)] == [OutcomeKind.NEXT] * 2
    outcome = pipeline.renew(due.record, timeout_seconds=60)
    assert outcome.kind is OutcomeKind.DONE, outcome
    assert [step.run(job).kind for step in steps] == [OutcomeKind.NEXT] * 3
    after = aged.record().newest(RenditionKind.SIGNED_PDF)
    # (1) no earlier byte was touched, and the earlier file is still there
    assert office.blobs.read(after.blob).startswith(office.blobs.read(before.blob))
    # (2) both are known, and which is the newer
    with office.database.read() as tx:
        ages = [status(tx, at=office.clock.now(), sha256_hex=one.sha256_hex).rendition for one in (before, after)]
        known = get_protected(tx, due.record.record_id)
        history = history_for_holder(tx, HolderOwner(office.facts.holder_id))
        kinds = tx.execute(sa.select(log_leaves.c.kind)).scalars().all()
    assert ages == [RenditionAge.OLDER, RenditionAge.NEWEST]
    # (3) it holds longer, is not due again, and everybody concerned is told
    assert known is not None
    assert (known.renewed, known.sha256_hex) == (1, after.sha256_hex)
    assert known.ends_at > due.deadline + timedelta(days=4 * 365)
    assert pipeline.renew_due() == 0
    assert [entry.event.reason for entry in history].count("RENEWAL") == 1
    assert kinds.count("COPY_RENEWED") == 1


@pytest.mark.matrix
def test_time_stamping_service_that_is_away_leaves_the_copy_as_it_was(aged: AgedOffice) -> None:
    away = SigningServices(timestamps=Silent(), revocation=aged.by_successor().revocation)
    pipeline = aged.serve(away)
    due = aged.due()
    outcome = pipeline.renew(due.record, timeout_seconds=60)
    assert (outcome.kind, outcome.code) == (OutcomeKind.SERVICE_UNAVAILABLE, "TimestampUnavailable")
    assert len([one for one in aged.record().renditions if one.kind is RenditionKind.SIGNED_PDF]) == 1
    assert pipeline.renew_due() == 0, "it waits an hour before it asks again"
    aged.office.clock.advance(timedelta(hours=2))
    pipeline = aged.serve(aged.by_successor())
    assert pipeline.renew(aged.due().record, timeout_seconds=60).kind is OutcomeKind.DONE


@pytest.mark.matrix
def test_time_stamp_that_ends_no_later_is_not_taken_for_a_renewal(aged: AgedOffice) -> None:
    clock, authority = aged.office.clock, aged.office.authority
    same = SigningServices(
        timestamps=InProcessTimestamps(authority, clock=clock, random_bytes=secrets.token_bytes),
        revocation=InProcessRevocation(authority, clock=clock, random_bytes=secrets.token_bytes),
    )
    pipeline = aged.serve(same)
    outcome = pipeline.renew(aged.due().record, timeout_seconds=60)
    assert (outcome.kind, outcome.code) == (OutcomeKind.NOT_ALLOWED, "TIMESTAMP_ENDS_NO_LATER")
    assert len([one for one in aged.record().renditions if one.kind is RenditionKind.SIGNED_PDF]) == 1
