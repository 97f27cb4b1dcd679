"""The man page, written from the same command line that people run (roff, man(7))."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from api.cli.exits import Exit
from api.settings import SETTINGS
from docs.command_line import every_command

_HEAD: Final = (
    '.\\" Written by python -m docs.generate; changes by hand are lost.\n.TH VIDIMUS 1 "" "Vidimus" "User commands"'
)
_MEANINGS: Final = {
    Exit.OK: "done, or valid",
    Exit.UNEXPECTED: "something unforeseen",
    Exit.USAGE: "the command was not understood",
    Exit.MISSING_DEPENDENCY: "a program or language is not installed",
    Exit.DAMAGED_INPUT: "damaged or unsupported input",
    Exit.FILE_ACCESS: "a file cannot be read or written",
    Exit.QUALITY_REFUSED: "refused by the quality gate",
    Exit.ENCRYPTED: "an encrypted file",
    Exit.BAD_CONFIGURATION: "bad configuration",
    Exit.NO_SIGNATURE: "no signature",
    Exit.VERIFICATION_FAILED: "verification failed",
    Exit.NOT_CONFIRMED: "not confirmed",
    Exit.SIGNING_REFUSED: "signing refused",
    Exit.CERTIFICATE_UNUSABLE: "the certificate cannot be used",
    Exit.SERVICE_UNREACHABLE: "a time-stamp or revocation service, or the server, cannot be reached",
    Exit.NOT_AUTHENTICATED: "not authenticated",
    Exit.FORBIDDEN: "forbidden",
    Exit.INTERRUPTED: "interrupted",
}


def man_page() -> str:
    """Give the whole page."""
    root: Any = every_command()
    lines = [_HEAD, ".SH NAME", f"vidimus \\- {_text(root.help)}", ".SH SYNOPSIS"]
    lines += [".B vidimus", ".I COMMAND", "[", ".I OPTION", "] ...", ".SH COMMANDS"]
    for words, command in _walk(root, ("vidimus",)):
        lines += _command(words, command)
    lines += [".SH EXIT STATUS"]
    for code in Exit:
        lines += [".TP", f".B {code.value}", _text(_MEANINGS[code])]
    lines += [".SH ENVIRONMENT"]
    for setting in SETTINGS:
        lines += [".TP", f".B {setting.name}", _text(f"{setting.meaning} Default: {setting.default}.")]
    lines += [".SH FILES", "The home, ./var/home unless VIDIMUS_HOME names another."]
    lines += [".SH SEE ALSO", "docs/README.md of the source, and GET /v1/openapi.json of a server."]
    return "\n".join(lines) + "\n"


def _walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    members: dict[str, Any] = getattr(command, "commands", {})
    if not members:
        yield words, command
    for name, member in members.items():
        yield from _walk(member, (*words, name))


def _command(words: tuple[str, ...], command: Any) -> list[str]:
    # A heading per command, so that a reader's search for the command finds it.
    lines = [f".SS {_text(' '.join(words))}", _text(command.help)]
    for parameter in command.params:
        name = " ".join(parameter.opts) if parameter.param_type_name == "option" else _metavar(parameter)
        if name == "--help":
            continue
        lines += [".TP", f".B {_text(name)}", _text(getattr(parameter, "help", None) or "")]
    return lines


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name).upper()


def _text(text: str | None) -> str:
    line = " ".join((text or "").split()).replace("\\", "\\e").replace("-", "\\-")
    # A line that begins with a dot or an apostrophe is a request to roff.
    return f"\\&{line}" if line.startswith((".", "'")) else line
