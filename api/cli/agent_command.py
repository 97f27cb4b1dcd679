"""`vidimus token-agent`: lets the pages of an office, or this command itself, use the token plugged in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from api.agent import AgentDesk, AgentRefused, AgentServer, Asked, AskedDocument, Pinned, ShownDocument, sha256_of
from api.agent.token import Pkcs11InHand, find_module
from api.cli.console import Console, Language, open_console
from api.cli.exits import Exit
from api.cli.outputs import check_outputs
from api.cli.pins import read_pin
from api.errors import RequestInvalid
from api.signing_at_home import SigningAtHome, open_signing
from keys import Credential, Pin, PinRefused, Pkcs11Keys, read_pkcs11_uri
from signing import DeferredSignature, NewField, PadesLevel, SignRequest, complete_deferred, prepare_deferred

_PORT: Final = 8756


@dataclass(frozen=True, slots=True)
class _Terminal:
    """The person at this terminal; a PIN from a descriptor was given for this run, and the documents are still shown."""

    console: Console
    pin: Pin | None

    def approve(self, documents: Sequence[ShownDocument]) -> Pin | None:
        """Show names and digests, then ask for the PIN; nothing typed means no."""
        self.console.tell("cli.agent.asked", count=len(documents))
        for number, document in enumerate(documents, start=1):
            self.console.say(f"  {number}. {document.name}")
            self.console.say(f"     SHA-256 {document.digest_hex}")
        if self.pin is not None:
            return self.pin
        ask = self.console.messages.text("cli.agent.pin", self.console.language)
        typed = typer.prompt(ask, default="", show_default=False, hide_input=True, err=True)
        try:
            return Pin(typed) if typed else None
        except PinRefused:
            return None


def token_agent(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="Sign these files and end.")] = None,
    *,
    origin: Annotated[list[str] | None, typer.Option(help="Origin whose pages may use the token; repeatable.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of 127.0.0.1.")] = _PORT,
    module: Annotated[Path | None, typer.Option(help="The token's PKCS#11 driver.")] = None,
    key: Annotated[
        str | None, typer.Option(metavar="URI", help="The key, as a pkcs11: URI, if there are several.")
    ] = None,
    out_dir: Annotated[Path | None, typer.Option(help="Where files given here are written when signed.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Serve one request and end.")] = False,
    pin_fd: Annotated[
        int | None, typer.Option(help="Read the PIN from this descriptor; needs --once or files.")
    ] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Let pages of the office sign with the token in this machine, or sign files with it; the PIN is asked for here."""
    console = open_console(lang)
    if pin_fd is not None and not once and not files:
        raise RequestInvalid("--pin-fd serves one approval: add --once or files", field="pin_fd")
    pin = read_pin(pin_fd, None)
    with open_signing(console.settings) as here:
        token = Pkcs11InHand(
            Pkcs11Keys(find_module(module)), uri=read_pkcs11_uri(key) if key else None, issuers_der=here.issuers_der
        )
        desk = AgentDesk(token, _Terminal(console, pin), clock=here.clock)
        try:
            if files:
                _sign_files(console, here, desk, files=files, out_dir=out_dir)
            else:
                _serve(console, desk, origins=origin or [], port=port, once=once)
        except AgentRefused as exc:
            console.tell(f"agent.{exc.code}")
            raise typer.Exit(Exit.SIGNING_REFUSED) from exc


def _serve(console: Console, desk: AgentDesk, *, origins: Sequence[str], port: int, once: bool) -> None:
    pinned = Pinned(frozenset(_origin(text) for text in origins))
    if not pinned.origins:
        raise RequestInvalid("name the office's address with --origin", field="origin")
    server = AgentServer(desk, pinned=pinned, port=port, messages=console.messages, once=once)
    with server.running():
        console.tell("cli.agent.listening", port=server.port, origins=", ".join(sorted(pinned.origins)))
        server.wait()


def _origin(text: str) -> str:
    """Read an origin as browsers write it (RFC 6454): scheme, host and port, and nothing else."""
    parts = urlsplit(text)
    is_secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"})
    if not is_secure or not parts.hostname or text != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise RequestInvalid(f"{text!r} is no https origin, such as https://office.example", field="origin")
    return text


def _sign_files(
    console: Console, here: SigningAtHome, desk: AgentDesk, *, files: Sequence[Path], out_dir: Path | None
) -> None:
    """Prepare every file, have all of them approved at once, and complete each: all are signed, or none is written."""
    if out_dir is None:
        raise RequestInvalid("name the folder for the signed files with --out-dir", field="out_dir")
    check_outputs(files, out_dir=out_dir, suffixes=(".pdf",))
    credential = desk.credential()
    prepared = [_prepare(here, credential, path) for path in files]
    documents = tuple(AskedDocument(path.name, each.to_be_signed) for path, each in zip(files, prepared, strict=True))
    signatures = desk.sign(Asked(sha256_of(credential), documents))
    out_dir.mkdir(parents=True, exist_ok=True)
    for path, each, signature in zip(files, prepared, signatures, strict=True):
        signed = complete_deferred(
            each.prepared_pdf,
            state=each.state,
            signature=signature,
            credential=credential,
            services=here.services,
            at=here.clock.now(),
        )
        target = out_dir / f"{path.stem}.pdf"
        target.write_bytes(signed.pdf)
        console.result(f"{target}: {signed.level.value} \u00b7 {signed.sha256_hex}")


def _prepare(here: SigningAtHome, credential: Credential, path: Path) -> DeferredSignature:
    level = PadesLevel.B_T if here.services.timestamps is not None else PadesLevel.B_B
    return prepare_deferred(
        path.read_bytes(),
        request=SignRequest(field="Signature1", level=level, signed_at=here.clock.now()),
        credential=credential,
        services=here.services,
        new_field=NewField(),
    )
