"""`vidimus verify`: is this file right, or what is known of this code; with the home's trust or a folder's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.acts import verifier
from api.cli.console import Console, Format, Language, open_console
from api.cli.exits import Exit, worst
from api.cli.outputs import check_outputs
from api.cli.verdicts import exit_of_verdict, is_code, show_verdict
from api.clock import SystemClock
from api.comparison import differing_pages
from api.errors import HomeMissing, RequestInvalid
from api.home import open_home
from api.report_pdf import sealed_report
from api.reports import report_json, report_xml
from api.services import Services, open_services
from api.site import is_site, judge_by_site, open_site
from api.verdict import Answer, judge
from guard import GuardError, SandboxPool, probe_isolation
from keys import Mode, TrustAnchors, TrustFolderEmpty, load_trust_folder, read_trust_bundle
from signing.verify import (
    VerifyError,
    extract_in_child,
    verify_in_child,
    verify_sandbox,
)


@dataclass(frozen=True, slots=True)
class _Judge:
    """How files are judged: by an open home, or by a folder of anchors alone."""

    services: Services | None
    pool: SandboxPool
    file: Callable[[bytes, str], Answer]


def verify(
    targets: Annotated[list[str], typer.Argument(metavar="FILE|CODE...", help="Signed PDFs, or codes of copies.")],
    *,
    trust: Annotated[
        Path | None, typer.Option(help="Folder of roots, intermediates and *.crl used instead of the configured ones.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="Judge as of this time (ISO 8601 with offset).")] = None,
    extract_original: Annotated[
        Path | None, typer.Option(help="Write the revision that was signed first into this folder.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write the answer into this file: FILE.xml by ETSI TS 119 102-2, FILE.pdf sealed for print, else JSON."
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option("--server", metavar="URL", help="Have the Vidimus of this address judge; it keeps no file."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Verify signed PDFs, or look codes up; several at once end with the worst code."""
    console = open_console(lang)
    if report is not None:
        _check_report(report, targets)
    if server is not None:
        if trust is not None or at is not None or extract_original is not None:
            raise RequestInvalid("--trust, --at and --extract-original are for judging at this machine", field="server")
        # Who judges here does not wait for what speaks HTTP.
        from api.cli.verify_there import verify_there  # noqa: PLC0415

        raise typer.Exit(verify_there(console, server, targets, report=report, form=form))
    if extract_original is not None:
        check_outputs([Path(target) for target in targets], out_dir=extract_original, suffixes=(".original.pdf",))
    codes: list[Exit] = []
    answers: list[dict[str, Any]] = []
    judged: list[tuple[Answer, bytes]] = []
    with _open_judge(console, trust=trust, at=_moment(at)) as judge_:
        for target in targets:
            if is_code(target):
                answer, code = _look_up(console, judge_, target, form=form)
            else:
                answer, code = _judge_file(
                    console, judge_, Path(target), form=form, extract_to=extract_original, judged=judged
                )
            answers.append(answer)
            codes.append(code)
        if report is not None:
            report.write_bytes(_report(console, judge_, report, judged, answers))
    if form is Format.JSON:
        console.result_json(answers[0] if len(answers) == 1 else answers)
    raise typer.Exit(worst(codes))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise RequestInvalid(f"--at {text!r} is no ISO 8601 time", field="at") from exc
    if moment.tzinfo is None:
        raise RequestInvalid("--at needs an offset, such as 2026-11-22T10:00:00+07:00", field="at")
    return moment.astimezone(UTC)


@contextlib.contextmanager
def _open_judge(console: Console, *, trust: Path | None, at: datetime | None) -> Iterator[_Judge]:
    clock = SystemClock()
    if trust is None and at is None:
        try:
            open_home(console.settings.home)
        except HomeMissing:
            console.tell("cli.verify.no_home")
        else:
            with open_services(console.settings, with_worker=False) as services:
                pool = services.public_pool
                yield _Judge(services, pool, lambda pdf, name: verifier.verify_file(services, pdf, file_name=name))
            return
    bundle = read_trust_bundle(trust) if trust is not None and trust.is_file() else None
    site = (
        open_site(trust.parent, bundle) if bundle is not None and trust is not None and is_site(trust.parent) else None
    )
    anchors = bundle.anchors if bundle is not None else _anchors(console, trust)
    with verify_sandbox(size=1, isolation=probe_isolation().isolation, public=True) as pool:

        def by_anchors(pdf: bytes, name: str) -> Answer:
            moment = at or clock.now()
            found = verify_in_child(pdf, trust=anchors, at=moment, sandbox=pool, file_name=name)
            stale = ("TRUST_LIST_STALE",) if anchors.stale_lists(at=moment) else ()
            if bundle is not None and site is not None:
                return judge_by_site(found, pdf, site=site, bundle=bundle, at=moment, remarks=stale)
            return judge(found, status=None, agency_names={}, remarks=stale)

        yield _Judge(None, pool, by_anchors)


def _anchors(console: Console, trust: Path | None) -> TrustAnchors:
    if trust is not None:
        # The folder is the reader's own choice of whom to trust, specimens included; the answer still says SPECIMEN.
        try:
            return load_trust_folder(trust, mode=Mode.DEMO)
        except TrustFolderEmpty:
            # Without an anchor a file can still be found changed, but nobody's signature can be confirmed.
            console.tell("cli.verify.no_roots", folder=trust)
            return TrustAnchors(roots_der=(), intermediates_der=(), crls_der=(), mode=Mode.DEMO)
    try:
        home = open_home(console.settings.home)
    except HomeMissing:
        return TrustAnchors(roots_der=(), intermediates_der=(), crls_der=(), mode=Mode.PRODUCTION)
    return load_trust_folder(home.trust, mode=home.mode)


def _look_up(console: Console, judge_: _Judge, target: str, *, form: Format) -> tuple[dict[str, Any], Exit]:
    if judge_.services is None:
        raise HomeMissing(f"the code {target} can only be looked up in a home (VIDIMUS_HOME)")
    answer = verifier.answer_code(judge_.services, target, channel="COMMAND")
    whole = answer.to_dict(console.messages)
    show_verdict(console, whole, form=form, title=target)
    return whole, exit_of_verdict(whole)


def _judge_file(
    console: Console,
    judge_: _Judge,
    path: Path,
    *,
    form: Format,
    extract_to: Path | None,
    judged: list[tuple[Answer, bytes]],
) -> tuple[dict[str, Any], Exit]:
    try:
        content = path.read_bytes()
    except OSError as exc:
        console.say(f"vidimus: {exc}")
        return {"file": path.name, "error": "FILE_ACCESS"}, Exit.FILE_ACCESS
    answer = judge_.file(content, path.name)
    judged.append((answer, content))
    whole = answer.to_dict(console.messages)
    show_verdict(console, whole, form=form, title=path.name)
    if extract_to is not None and answer.report.signatures:
        _extract(console, judge_, path, content, field=answer.report.signatures[0].field, folder=extract_to)
    return whole, exit_of_verdict(whole)


def _extract(console: Console, judge_: _Judge, path: Path, content: bytes, *, field: str, folder: Path) -> None:
    try:
        original = extract_in_child(content, field=field, sandbox=judge_.pool)
    except (VerifyError, GuardError) as exc:
        # The verdict stands whether or not there is a whole revision to give back.
        console.tell("cli.verify.not_extracted", name=path.name, why=exc)
        return
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{path.stem}.original.pdf"
    target.write_bytes(original)
    console.tell("cli.verify.extracted", path=target)


def _check_report(report: Path, targets: list[str]) -> None:
    """The kind of a report follows from its name; `.xml` and `.pdf` are about one file, anything else is JSON."""
    if any(Path(target).resolve() == report.resolve() for target in targets):
        raise RequestInvalid(f"--report {report} would overwrite a file that is verified", field="report")
    if report.suffix.lower() in {".xml", ".pdf"} and (len(targets) != 1 or is_code(targets[0])):
        raise RequestInvalid("a report in XML or PDF is about one file; verify one at a time", field="report")


def _report(
    console: Console, judge_: _Judge, report: Path, judged: list[tuple[Answer, bytes]], answers: list[dict[str, Any]]
) -> bytes:
    if report.suffix.lower() == ".xml" and judged:
        return report_xml(judged[0][0], console.messages)
    if report.suffix.lower() == ".pdf" and judged:
        if judge_.services is None:
            raise HomeMissing("a report in PDF is sealed by the office: verify in its home, without --trust and --at")
        answer, pdf = judged[0]
        differing = differing_pages(answer, pdf, pool=judge_.pool)
        return sealed_report(judge_.services, answer, language=console.language, differing=differing)
    return report_json(answers)
