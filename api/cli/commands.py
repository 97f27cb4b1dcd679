"""The list of verbs and groups; a module is imported when its command is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import typer


@dataclass(frozen=True, slots=True)
class Verb:
    """One word after `vidimus`, and the function behind it: `module` of this package, `function` in it."""

    word: str
    module: str
    function: str

    def add(self, app: typer.Typer) -> None:
        """Put the verb on the command line."""
        app.command(self.word)(_member(self.module, self.function))


@dataclass(frozen=True, slots=True)
class Group:
    """A word with commands of its own: the `member` of `module`, and `more` from other modules (module, function, word)."""

    word: str
    module: str
    line: str
    more: tuple[tuple[str, str, str], ...] = ()
    member: str = "group"

    def add(self, app: typer.Typer) -> None:
        """Put the group on the command line, with the line that help shows for it."""
        group: typer.Typer = _member(self.module, self.member)
        present = {command.name for command in group.registered_commands}
        for module, function, word in self.more:
            if word not in present:
                group.command(word)(_member(module, function))
        app.add_typer(group, name=self.word, help=self.line)


# In the order of the help.
COMMANDS: Final[tuple[Verb | Group, ...]] = (
    Verb("certify", "certify_command", "certify"),
    Verb("watch", "watch_command", "watch"),
    Group("batch", "batch_group", "Ready copies, approved together by one PIN."),
    Verb("seal", "sign_files", "seal"),
    Verb("extend", "sign_files", "extend"),
    Verb("verify", "verify", "verify"),
    Group(
        "sign",
        "sign_group",
        "Sign PDF files, also with a key in other hands.",
        (("sign_files", "sign_files", "files"),),
    ),
    Verb("ocr", "ocr_command", "ocr"),
    Verb("quality", "ocr_command", "quality"),
    Verb("token-agent", "agent_command", "token_agent"),
    Verb("serve", "serve", "serve"),
    Verb("worker", "serve", "worker"),
    Verb("demo", "demo", "demo"),
    Verb("doctor", "doctor", "doctor"),
    Group(
        "db",
        "database",
        "The home and its database; backups and restores.",
        (
            ("backup_commands", "recovery_key", "recovery-key"),
            ("backup_commands", "backup", "backup"),
            ("backup_commands", "restore_home", "restore"),
            ("backup_commands", "release_home", "release"),
            ("backup_commands", "check", "check"),
            ("backup_commands", "scrub", "scrub"),
            ("backup_commands", "stats", "stats"),
            ("kek_commands", "rotate_kek", "rotate-kek"),
        ),
    ),
    Group("key", "keys_group", "Signing keys and their certificates.", (("key_link", "link", "link"),)),
    Group("renew", "renew_group", "Archive time-stamps of the copies."),
    Group(
        "agency",
        "agency_group",
        "The offices that certify.",
        (
            ("reform_commands", "merge", "merge"),
            ("reform_commands", "split", "split"),
            ("reform_commands", "rename", "rename"),
        ),
    ),
    Group("user", "user_group", "The people of an agency."),
    Group("delegation", "delegation_group", "Who may certify, and by which decision."),
    Group("figures", "figures_group", "What the office did, in figures."),
    Group("retention", "retention_group", "How long things are kept, and what is destroyed."),
    Group(
        "case",
        "case_group",
        "Cases at the counter, and the originals on their way to a copy.",
        (
            ("case_delivery", "choose", "delivery"),
            ("case_delivery", "hand_over", "deliver"),
            ("case_delivery", "write_sheet", "sheet"),
            ("own_case_commands", "submit", "request"),
            ("own_case_commands", "requests", "requests"),
            ("own_case_commands", "ask_back", "request-back"),
        ),
    ),
    Group(
        "register",
        "register_group",
        "The register of certifications.",
        (
            ("correction_commands", "annul", "annul"),
            ("correction_commands", "original", "original"),
            ("correction_commands", "correct", "correct"),
            ("correction_commands", "recall", "recall"),
        ),
    ),
    Group(
        "vault",
        "vault_group",
        "Papers in a holder's vault.",
        (
            ("vault_moving", "export", "export"),
            ("vault_moving", "erase", "erase"),
            ("vault_moving", "import_scans", "import"),
            ("vault_moving", "move_in", "move-in"),
            ("vault_people", "mandates", "mandates"),
            ("vault_people", "mandate", "mandate"),
            ("vault_people", "end_mandate", "end-mandate"),
            ("vault_people", "death", "death"),
        ),
    ),
    Group("share", "sharing_groups", "Links to one paper.", member="share_group"),
    Group("consent", "sharing_groups", "What a holder agreed to.", member="consent_group"),
    Group("procedure", "dossier_groups", "What procedures ask for.", member="procedure_group"),
    Group(
        "dossier",
        "package_commands",
        "Dossiers that were filed and received.",
        (
            ("linked_commands", "submit_linked", "submit-linked"),
            ("linked_commands", "list_linked", "linked"),
            ("linked_commands", "take_back", "take-back"),
        ),
        member="dossier_group",
    ),
    Group("request", "request_group", "Requests for papers, codes of the counter, help.", member="request_group"),
    Group("duty", "request_group", "Access by a duty of law.", member="duty_group"),
    Group("provider", "provider_group", "Systems that give papers, and how they fare."),
    Group("result", "result_group", "What an issuing system gives into vaults."),
    Group("notice", "notice_group", "Notices to people: sent, parked, and where people are told."),
    Group("webhook", "webhook_group", "Systems of an agency that are told of events."),
    Group(
        "audit",
        "audit_group",
        "What lets others check this office: static site, proofs, evidence, the auditor's questions.",
        (
            ("evidence_commands", "find_lines", "find"),
            ("evidence_commands", "list_findings", "findings"),
            ("evidence_commands", "write_bundle", "bundle"),
            ("evidence_commands", "check_evidence", "check-bundle"),
        ),
    ),
    Group("trust", "trust_group", "Whom verdicts rest on: roots, trusted lists, bundles."),
)


def add_commands(app: typer.Typer, *, wanted: str | None = None) -> None:
    """Add the verb or group that is called `wanted`, or every one when there is none of that name.

    A command that needs no database and no web server is not made to wait for them: importing everything takes longer
    than many a command's own work.
    """
    for one in _chosen(wanted):
        one.add(app)


def _chosen(wanted: str | None) -> Iterator[Verb | Group]:
    named = [one for one in COMMANDS if one.word == wanted]
    yield from named or COMMANDS


def _member(module: str, name: str) -> Any:
    return getattr(import_module(f"api.cli.{module}"), name)
