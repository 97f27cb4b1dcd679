"""Put the verbs and groups together, and turn whatever ends a command into one sentence and one exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType

import typer

import certify
import dossiers
import guard
import keys
import signing
import vault
from api.cli.commands import add_commands
from api.cli.console import open_console
from api.cli.exits import Exit, exit_of_error
from api.errors import ApiError, BadSetting
from api.problems import code_of, describe
from fonts.errors import FontError
from ocr import OcrError
from signing.verify.errors import VerifyError

_EXPECTED = (
    ApiError,
    certify.CertifyError,
    dossiers.DossierError,
    FontError,
    guard.GuardError,
    keys.KeysError,
    OcrError,
    signing.SigningError,
    vault.VaultError,
    VerifyError,
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code; expected errors are a sentence, never a traceback."""
    # Typer would end an interrupted command with 1; as SystemExit it closes everything and keeps its own code.
    before = signal.signal(signal.SIGINT, _interrupted)
    try:
        make_app()(args=arguments)
    except _EXPECTED as exc:
        sys.stderr.write(f"{_sentence(exc)}\n")
        sys.exit(exit_of_error(exc))
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    sys.exit(Exit.INTERRUPTED)


def _sentence(error: Exception) -> str:
    if isinstance(error, BadSetting | OSError):
        return f"vidimus: {error}"
    console = open_console()
    problem = describe(error, messages=console.messages, language=console.language)
    return f"vidimus: {problem.title}. {problem.detail} [{code_of(type(error))}] {error}"
