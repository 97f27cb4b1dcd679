"""Every metric by name, kind and meaning. No label holds a name, a number of a person, a code or a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Metric:
    """One family of numbers in the exposition format of Prometheus."""

    name: str
    kind: str
    meaning: str
    labels: tuple[str, ...] = ()


# The reference page, the alerts and the dashboard are held against this table by a test.
METRICS: Final = (
    Metric("vidimus_build_info", "gauge", "Always 1; the version and the mode of the office.", ("version", "mode")),
    Metric("vidimus_ready", "gauge", "1 when a check of /readyz passes.", ("check",)),
    Metric("vidimus_http_requests_total", "counter", "Requests answered.", ("method", "route", "status")),
    Metric("vidimus_http_request_seconds", "histogram", "Time until an answer began.", ("route",)),
    Metric("vidimus_step_seconds", "histogram", "Time of a step of the pipeline in this process.", ("step",)),
    Metric("vidimus_resident_bytes", "gauge", "Memory of this process, without its children."),
    Metric("vidimus_items", "gauge", "Originals by state.", ("state",)),
    Metric("vidimus_numbers", "gauge", "Register numbers by status.", ("status",)),
    Metric("vidimus_records", "gauge", "Papers in vaults."),
    Metric("vidimus_jobs_waiting", "gauge", "Originals that wait for the worker.", ("job",)),
    Metric("vidimus_job_oldest_seconds", "gauge", "How long the oldest of them waits.", ("job",)),
    Metric("vidimus_worker_alive", "gauge", "1 while a living process holds the lease of this name.", ("worker",)),
    Metric("vidimus_log_size", "gauge", "Leaves under a signed checkpoint.", ("tree",)),
    Metric("vidimus_log_waiting", "gauge", "Leaves written and not yet numbered.", ("tree",)),
    Metric("vidimus_log_unpublished", "gauge", "Leaves numbered and not yet published.", ("tree",)),
    Metric("vidimus_outbox_waiting", "gauge", "Messages of the outbox nobody has taken yet."),
    Metric("vidimus_outbox_oldest_seconds", "gauge", "Age of the oldest of them."),
    Metric(
        "vidimus_deliveries",
        "gauge",
        "Mails, short messages and webhooks by state; DEAD is parked.",
        ("channel", "state"),
    ),
    Metric(
        "vidimus_key_days_left",
        "gauge",
        "Days until a signing certificate ends; the key by a digest of its id.",
        ("key",),
    ),
    Metric("vidimus_anchor_days_left", "gauge", "Days until the first root of the trust folder ends."),
    Metric(
        "vidimus_crl_seconds_left", "gauge", "Seconds until the first revocation list of the trust folder is stale."
    ),
    Metric("vidimus_trusted_list_stale", "gauge", "Trusted lists past their next update."),
    Metric("vidimus_renewals_due", "gauge", "Copies whose archive time-stamp must be renewed within 30 days."),
    Metric("vidimus_renewal_problems", "gauge", "Copies whose renewal failed at its last attempt."),
    Metric("vidimus_backup_age_seconds", "gauge", "Age of the newest backup."),
    Metric("vidimus_journal_age_seconds", "gauge", "Time since the journal of the backups was written."),
    Metric("vidimus_scrub_age_seconds", "gauge", "Time since every stored byte was last read."),
    Metric("vidimus_scrub_lost_documents", "gauge", "Documents found rotten that nothing healed."),
    Metric("vidimus_quarantined", "gauge", "1 while a restored office is not released."),
    Metric("vidimus_disk_free_bytes", "gauge", "Free space where the home lies."),
)

NAMES: Final = frozenset(metric.name for metric in METRICS)
