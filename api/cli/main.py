"""Put the verbs and groups together, and turn whatever ends a command into one sentence and one exit code."""

from __future__ import annotations

import sys

import typer

import certify
import dossiers
import guard
import keys
import signing
import vault
from api.cli.commands import add_commands
from api.cli.console import open_console
from api.cli.exits import exit_of_error
from api.errors import ApiError, BadSetting
from api.problems import code_of, describe
from ocr import OcrError

_EXPECTED = (
    ApiError,
    certify.CertifyError,
    dossiers.DossierError,
    guard.GuardError,
    keys.KeysError,
    OcrError,
    signing.SigningError,
    vault.VaultError,
    OSError,
)


def make_app() -> typer.Typer:
    """Build the command line."""
    app = typer.Typer(
        name="vidimus",
        help="Certified electronic copies: from a scan to a sealed copy in the citizen's vault.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    add_commands(app)
    return app


def main() -> None:
    """Run one command; expected errors end it with a sentence, never with a traceback."""
    try:
        make_app()()
    except _EXPECTED as exc:
        sys.stderr.write(f"{_sentence(exc)}\n")
        sys.exit(exit_of_error(exc))


def _sentence(error: Exception) -> str:
    if isinstance(error, BadSetting | OSError):
        return f"vidimus: {error}"
    console = open_console()
    problem = describe(error, messages=console.messages, language=console.language)
    return f"vidimus: {problem.title}. {problem.detail} [{code_of(type(error))}] {error}"
