"""`vidimus sign FILE…`, `vidimus seal` and `vidimus extend`: files outside the main job, one result a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from api.acts import signatory
from api.acts.signatory import SignOrder
from api.cli.console import Console, Form, Format, Lang, open_console
from api.cli.exits import Exit, exit_of_error, worst
from api.cli.outputs import check_outputs
from api.cli.pins import ask_pin
from api.cli.sign_group import Level
from api.identity import find_account
from api.problems import code_of
from api.services import Services, open_services
from certify import CertifyError
from certify.looks import CERTIFICATION, DIGITISATION, TRUE_COPY
from guard import FilePayload, GuardError, probe_isolation
from keys import KeysError
from signing import PadesLevel, SealImage, SignedFile, SigningError, WhenFull, placement_sandbox

_SUFFIX = ".signed.pdf"
_Act: TypeAlias = Callable[[Path, Path], SignedFile]


class LookOption(StrEnum):
    """The looks of an officer's signature by their names on the command line."""

    NONE = "none"
    DIGITISATION = "digitisation"
    CERTIFICATION = "certification"


_LOOKS = {LookOption.NONE: None, LookOption.DIGITISATION: DIGITISATION, LookOption.CERTIFICATION: CERTIFICATION}
_Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="PDF files.")]
_OutDir = Annotated[Path, typer.Option(help="Where NAME.signed.pdf is written.")]
_Reason = Annotated[str | None, typer.Option(help="Reason that stands in the signature.")]
_Image = Annotated[Path | None, typer.Option(help="Picture of a seal (PNG, may be transparent).")]
_Full = Annotated[WhenFull, typer.Option(help="What to do when the page has no room for the mark.")]


@dataclass(frozen=True, slots=True)
class _Run:
    """One run over several files: a failure of one does not keep the others from being done."""

    console: Console
    out_dir: Path
    form: Format

    def over(self, files: list[Path], act: _Act) -> None:
        """Act on each file, write its result, and end with the worst code.

        Raises:
            Exit: always.
        """
        results: list[dict[str, Any]] = []
        codes: list[Exit] = []
        for file in files:
            result, code = self._one(file, act)
            results.append(result)
            codes.append(code)
            if self.form is Format.NDJSON:
                self.console.result_json(result)
            elif self.form is Format.TEXT:
                self.console.result(f"{file.name}: {result.get('error') or result['path']}")
        if self.form is Format.JSON:
            self.console.result_json(results[0] if len(results) == 1 else results)
        raise typer.Exit(worst(codes))

    def _one(self, file: Path, act: _Act) -> tuple[dict[str, Any], Exit]:
        target = self.out_dir / f"{file.stem}{_SUFFIX}"
        try:
            signed = act(file, target)
        except (SigningError, KeysError, CertifyError, GuardError, OSError) as exc:
            self.console.say(f"{file.name}: {exc}")
            code = "FILE_ACCESS" if isinstance(exc, OSError) else code_of(type(exc))
            return {"file": file.name, "error": code}, exit_of_error(exc)
        return _told(file, signed), Exit.OK


def sign_files(
    files: _Files,
    *,
    out_dir: _OutDir,
    officer: Annotated[str, typer.Option("--as", metavar="OFFICER", help="Login name of the signing officer.")],
    level: Annotated[Level, typer.Option(help="Level of the signature: that level is made, or none.")] = Level.B_T,
    look: Annotated[LookOption, typer.Option(help="Look of the visible mark.")] = LookOption.NONE,
    field: Annotated[str | None, typer.Option(help="An empty signature field of the file; a new one if none.")] = None,
    reason: _Reason = None,
    image: _Image = None,
    qr: Annotated[str | None, typer.Option(metavar="TEXT", help="Text of a QR code in the mark.")] = None,
    when_full: _Full = WhenFull.REFUSE,
    certify: Annotated[
        bool, typer.Option("--certify", help="Allow further signatures only, and no other change.")
    ] = False,
    pin_fd: Annotated[int | None, typer.Option(help="Read the PIN from this open file descriptor.")] = None,
    pin_file: Annotated[Path | None, typer.Option(help="Read the PIN from this file.")] = None,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Sign PDF files as an officer; one PIN approves exactly the files that were named."""
    console = open_console(lang)
    check_outputs(files, out_dir=out_dir, suffixes=(_SUFFIX,))
    order = SignOrder(
        level=level.pades,
        look=_LOOKS[look],
        field=field,
        reason=reason,
        image=SealImage.load(image.read_bytes()) if image else None,
        qr_text=qr,
        when_full=when_full,
        certify=certify,
    )
    pin = ask_pin(pin_fd, pin_file)
    out_dir.mkdir(parents=True, exist_ok=True)
    with open_services(console.settings, with_worker=False) as services:
        with services.database.read() as tx:
            staff_id = find_account(tx, officer).subject_id
        digests = tuple(dict.fromkeys(FilePayload.of(file).sha256_hex() for file in files))
        opened = signatory.approve_files(services, staff_id, digests=digests, pin=pin)
        with placement_sandbox(size=1, isolation=probe_isolation().isolation) as places:

            def act(source: Path, target: Path) -> SignedFile:
                return signatory.sign_document(services, source, target, opened=opened, order=order, places=places)

            _Run(console, out_dir, form).over(files, act)


def seal(
    files: _Files,
    *,
    out_dir: _OutDir,
    agency: Annotated[str, typer.Option(help="Code of the agency whose seal it is.")],
    level: Annotated[Level, typer.Option(help="Level of the seal: that level is made, or none.")] = Level.B_LTA,
    true_copy: Annotated[
        bool, typer.Option("--true-copy", help="Show the mark SAO Y at the top right of page 1.")
    ] = False,
    field: Annotated[str | None, typer.Option(help="An empty signature field of the file; a new one if none.")] = None,
    reason: _Reason = None,
    when_full: _Full = WhenFull.REFUSE,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Seal PDF files for an agency; only files that a person of it has signed are sealed."""
    console = open_console(lang)
    check_outputs(files, out_dir=out_dir, suffixes=(_SUFFIX,))
    out_dir.mkdir(parents=True, exist_ok=True)
    look = TRUE_COPY if true_copy else None
    order = SignOrder(level=level.pades, look=look, field=field, reason=reason, when_full=when_full)
    with (
        open_services(console.settings, with_worker=False) as services,
        placement_sandbox(size=1, isolation=probe_isolation().isolation) as places,
    ):

        def act(source: Path, target: Path) -> SignedFile:
            return signatory.seal_document(services, source, target, agency_code=agency, order=order, places=places)

        _Run(console, out_dir, form).over(files, act)


def extend(
    files: _Files,
    *,
    out_dir: _OutDir,
    level: Annotated[Level, typer.Option(help="B-LT or B-LTA: that level is made, or none.")] = Level.B_LTA,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Add evidence and an archive time-stamp to signed files, whoever signed them; no earlier byte is changed."""
    console = open_console(lang)
    check_outputs(files, out_dir=out_dir, suffixes=(_SUFFIX,))
    out_dir.mkdir(parents=True, exist_ok=True)
    with open_services(console.settings, with_worker=False) as services:
        _Run(console, out_dir, form).over(files, _extending(services, level.pades))


def _extending(services: Services, level: PadesLevel) -> _Act:
    def act(source: Path, target: Path) -> SignedFile:
        return signatory.extend_document(services, source, target, level=level)

    return act


def _told(file: Path, signed: SignedFile) -> dict[str, Any]:
    return {
        "file": file.name,
        "path": str(signed.path),
        "sha256": signed.sha256_hex,
        "level": signed.level.value,
        "field": signed.field,
        "timestamp_at": signed.timestamp_at.isoformat() if signed.timestamp_at else None,
        "renew_before": signed.renew_before.isoformat() if signed.renew_before else None,
    }
