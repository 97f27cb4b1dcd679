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
    """A word with commands of its own: the `group` of `module`, and `more` from other modules (module, function, word)."""

    word: str
    module: str
    line: str
    more: tuple[tuple[str, str, str], ...] = ()

    def add(self, app: typer.Typer) -> None:
        """Put the group on the command line, with the line that help shows for it."""
        group: typer.Typer = _member(self.module, "group")
        present = {command.name for command in group.registered_commands}
        for module, function, word in self.more:
            if word not in present:
                group.command(word)(_member(module, function))
        app.add_typer(group, name=self.word, help=self.line)


# In the order of the help.
COMMANDS: Final[tuple[Verb | Group, ...]] = (
    Verb("certify", "certify_command", "certify"),
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
    Group("db", "database", "The home and its database."),
    Group("key", "keys_group", "Signing keys and their certificates.", (("key_link", "link", "link"),)),
    Group("renew", "renew_group", "Archive time-stamps of the copies."),
    Group("agency", "agency_group", "The offices that certify."),
    Group("user", "user_group", "The people of an agency."),
    Group("delegation", "delegation_group", "Who may certify, and by which decision."),
    Group("register", "register_group", "The register of certifications."),
    Group("vault", "vault_group", "Papers in a holder's vault."),
    Group("audit", "audit_group", "What lets others check this office: static site, proofs."),
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
