"""`vidimus sign`: `prepare` and `complete` for a key in other hands; any other first word signs files."""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from api.cli.console import Format, Language, open_console
from api.errors import RequestInvalid
from api.signing_at_home import open_signing
from signing import DeferredState, NewField, PadesLevel, SignRequest, complete_deferred, prepare_deferred

_NEW_FIELD: Final = "Signature1"
_MAX_SIGNATURE_BYTES: Final = 8192


class VerbWithParts(TyperGroup):
    """A verb that is also a group: what is no subcommand goes to the command named `files`, when there is one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command in front of files and options."""
        if args and args[0] not in self.commands and args[0] != "--help" and "files" in self.commands:
            args = ["files", *args]
        return super().parse_args(ctx, args)


class Level(StrEnum):
    """The baseline levels by their short names."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"

    @property
    def pades(self) -> PadesLevel:
        """The level as signing names it."""
        return PadesLevel(f"PAdES-{self.value}")


group = typer.Typer(no_args_is_help=True, cls=VerbWithParts)

_Certificate = Annotated[
    Path, typer.Option(help="The signer's certificate, with its chain if it has one (PEM or DER).")
]


@group.callback()
def sign() -> None:
    """Sign PDF files; `prepare` and `complete` let a key in other hands sign."""


@group.command("prepare")
def prepare(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The PDF to be signed.")],
    *,
    certificate: _Certificate,
    prepared: Annotated[Path, typer.Option(help="Where the prepared file is written.")],
    state: Annotated[Path, typer.Option(help="Where the state for `complete` is written.")],
    level: Annotated[Level, typer.Option(help="Level of the signature.")] = Level.B_T,
    field: Annotated[str | None, typer.Option(help="An empty signature field of the file; a new one if none.")] = None,
    reason: Annotated[str | None, typer.Option(help="Reason that stands in the signature.")] = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Prepare a file and print the hash that a key in other hands has to sign."""
    console = open_console(lang)
    _check_apart(file, prepared, state)
    with open_signing(console.settings) as here:
        deferred = prepare_deferred(
            file.read_bytes(),
            request=SignRequest(
                field=field or _NEW_FIELD, level=level.pades, signed_at=here.clock.now(), reason=reason
            ),
            credential=here.credential("token", certificate.read_bytes()),
            services=here.services,
            new_field=None if field else NewField(),
        )
    prepared.write_bytes(deferred.prepared_pdf)
    state.write_bytes(deferred.state.to_json())
    told = {
        "file": file.name,
        "prepared": str(prepared),
        "state": str(state),
        "hash_algorithm": "SHA-256",
        "hash": deferred.hash_to_sign.hex(),
        "to_be_signed": base64.b64encode(deferred.to_be_signed).decode(),
        "expires_at": deferred.state.expires_at.isoformat(),
    }
    if form is Format.TEXT:
        console.result(str(told["hash"]))
        console.tell("cli.sign.prepared", name=file.name, until=console.messages.moment(deferred.state.expires_at))
    else:
        console.result_json(told)


@group.command("complete")
def complete(
    prepared: Annotated[Path, typer.Argument(metavar="PREPARED", help="The file that `prepare` wrote.")],
    *,
    state: Annotated[Path, typer.Option(help="The state that `prepare` wrote.")],
    signature: Annotated[Path, typer.Option(help="The key's signature: raw bytes, or their base64 or hex.")],
    certificate: _Certificate,
    out: Annotated[Path, typer.Option(help="Where the signed file is written.")],
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Put the signature of a key in other hands into the prepared file."""
    console = open_console(lang)
    _check_apart(prepared, state, signature, out)
    with open_signing(console.settings) as here:
        signed = complete_deferred(
            prepared.read_bytes(),
            state=DeferredState.from_json(state.read_bytes()),
            signature=_read_signature(signature),
            credential=here.credential("token", certificate.read_bytes()),
            services=here.services,
            at=here.clock.now(),
        )
    out.write_bytes(signed.pdf)
    told = {
        "file": str(out),
        "sha256": signed.sha256_hex,
        "level": signed.level.value,
        "field": signed.field,
        "timestamp_at": signed.timestamp_at.isoformat() if signed.timestamp_at else None,
    }
    if form is Format.TEXT:
        console.result(f"{out}: {signed.level.value} \u00b7 {signed.sha256_hex}")
    else:
        console.result_json(told)


def _check_apart(*paths: Path) -> None:
    if len({path.resolve() for path in paths}) != len(paths):
        raise RequestInvalid("two of the files have one name; give each its own", field="out")


def _read_signature(path: Path) -> bytes:
    """Read a signature as raw bytes, or as base64 or hex text when the file holds nothing but that."""
    content = path.read_bytes()
    if len(content) > _MAX_SIGNATURE_BYTES:
        raise RequestInvalid("the signature is longer than any signature", field="signature")
    text = b"".join(content.split())
    try:
        return binascii.unhexlify(text)
    except (binascii.Error, ValueError):
        pass
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return content
