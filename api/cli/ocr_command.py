"""`vidimus ocr` and `vidimus quality`: a scan becomes a searchable PDF/A, its text and a JSON of words; or is only judged."""

from __future__ import annotations

import contextlib
import json
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.cli.console import Console, Format, Language, open_console
from api.cli.exits import Exit, exit_of_error, worst
from api.cli.outputs import check_outputs
from api.clock import SystemClock
from guard import GuardError, SandboxPool, probe_isolation
from ocr import (
    OcrError,
    Pages,
    Quality,
    accept_scan,
    join_scans,
    judge,
    ocr_sandbox,
    page_overlay,
    read_pages,
    write_pdfa,
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One file, read."""

    pages: Pages
    quality: Quality


def ocr(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Scans: JPEG, PNG, TIFF or PDF.")],
    *,
    out_dir: Annotated[Path, typer.Option(help="Where NAME.pdf, NAME.txt and NAME.json are written.")],
    ocr_lang: Annotated[str, typer.Option(help="Languages of the paper, joined by +.")] = "vie",
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Pages read at once.")] = 2,
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Also write NAME-N.png with the words boxed by confidence.")
    ] = False,
    join: Annotated[
        bool, typer.Option("--join", help="All files are one original, in this order; the first names it.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Make searchable PDF/A-2u of scans; a bad scan is warned of, never refused."""
    console = open_console(lang)
    originals = [files] if join else [[file] for file in files]
    check_outputs([original[0] for original in originals], out_dir=out_dir, suffixes=(".pdf", ".txt", ".json"))
    out_dir.mkdir(parents=True, exist_ok=True)
    codes = []
    results = []
    with _pool(jobs) as pool, _bar(console) as bar:
        for original in originals:
            path = original[0]
            try:
                reading = _read(original, pool=pool, languages=tuple(ocr_lang.split("+")), bar=bar)
                result = _write(reading, path, out_dir=out_dir, language=_pdf_language(ocr_lang))
                if overlay:
                    _write_overlays(reading, path, out_dir=out_dir, pool=pool)
            except (OcrError, GuardError, OSError) as exc:
                codes.append(exit_of_error(exc))
                result = _failed(console, path, exc)
            else:
                codes.append(Exit.OK)
                if reading.quality.verdict.value != "GOOD":
                    console.tell("cli.ocr.warn", name=path.name, reasons=", ".join(_reasons(reading.quality)))
            results.append(result)
            _show(console, result, form=form)
    if form is Format.JSON:
        console.result_json(results[0] if len(results) == 1 else results)
    raise typer.Exit(worst(codes))


def quality(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Scans: JPEG, PNG, TIFF or PDF.")],
    *,
    ocr_lang: Annotated[str, typer.Option(help="Languages of the paper, joined by +.")] = "vie",
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Judge scans as the counter would: good, warn or refuse, with reasons; a refusal ends with 6."""
    console = open_console(lang)
    codes = []
    results = []
    with _pool(2) as pool, _bar(console) as bar:
        for path in files:
            try:
                reading = _read([path], pool=pool, languages=tuple(ocr_lang.split("+")), bar=bar)
            except (OcrError, GuardError, OSError) as exc:
                codes.append(exit_of_error(exc))
                result = _failed(console, path, exc)
            else:
                refused = reading.quality.verdict.value == "REFUSE"
                codes.append(Exit.QUALITY_REFUSED if refused else Exit.OK)
                result = {
                    "file": path.name,
                    "quality": reading.quality.verdict.value,
                    "reasons": _reasons(reading.quality),
                }
            results.append(result)
            _show(console, result, form=form)
    if form is Format.JSON:
        console.result_json(results[0] if len(results) == 1 else results)
    raise typer.Exit(worst(codes))


@contextlib.contextmanager
def _pool(jobs: int) -> Iterator[SandboxPool]:
    with ocr_sandbox(jobs, probe_isolation().isolation) as pool:
        yield pool


@contextlib.contextmanager
def _bar(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console.err, transient=True) as bar:
        yield bar


def _read(original: list[Path], *, pool: SandboxPool, languages: tuple[str, ...], bar: Progress) -> _Reading:
    path = original[0]
    scan = join_scans(
        [
            accept_scan(part.read_bytes(), declared_type=mimetypes.guess_type(part.name)[0], sandbox=pool)
            for part in original
        ]
    )
    task = bar.add_task(path.name, total=len(scan.pages))
    pages = read_pages(
        scan, sandbox=pool, languages=languages, on_page=lambda done, _total: bar.update(task, completed=done)
    )
    return _Reading(pages, judge(pages))


def _write(reading: _Reading, path: Path, *, out_dir: Path, language: str) -> dict[str, Any]:
    pages = reading.pages
    document = write_pdfa(
        pages,
        title=path.stem,
        language=language,
        created_at=SystemClock().now(),
        source_sha256_hex=pages.scan.sha256_hex,
    )
    (out_dir / f"{path.stem}.pdf").write_bytes(document.pdf)
    (out_dir / f"{path.stem}.txt").write_text(pages.text, encoding="utf-8")
    words = {
        "file": path.name,
        "source_sha256": pages.scan.sha256_hex,
        "source_parts": list(pages.scan.part_sha256_hexes),
        "quality": {"verdict": reading.quality.verdict.value, "reasons": _reasons(reading.quality)},
        "pages": [
            {
                "page_number": page.page_index + 1,
                "dpi": page.dpi,
                "quarter_turns": page.quarter_turns,
                "skew_degrees": page.skew_degrees,
                "quality": page.quality.verdict.value,
                "words": [
                    {"text": word.text, "box": list(word.box_px), "confidence": word.confidence} for word in page.words
                ],
            }
            for page in pages.pages
        ],
    }
    (out_dir / f"{path.stem}.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    return {
        "file": path.name,
        "pdf": str(out_dir / f"{path.stem}.pdf"),
        "pages": document.page_count,
        "quality": reading.quality.verdict.value,
        "reasons": _reasons(reading.quality),
        "sha256": document.sha256_hex,
    }


def _write_overlays(reading: _Reading, path: Path, *, out_dir: Path, pool: SandboxPool) -> None:
    for page in reading.pages.pages:
        image = page_overlay(reading.pages, page.page_index, max_px=1600, sandbox=pool)
        (out_dir / f"{path.stem}-{page.page_index + 1}.png").write_bytes(image)


def _pdf_language(ocr_lang: str) -> str:
    return {"vie": "vi", "eng": "en", "fra": "fr"}.get(ocr_lang.split("+", maxsplit=1)[0], "und")


def _reasons(quality_: Quality) -> list[str]:
    return list(dict.fromkeys(reason.code.value for reason in quality_.reasons))


def _failed(console: Console, path: Path, error: Exception) -> dict[str, Any]:
    code = str(getattr(error, "code", None) or type(error).__name__)
    sentence = console.reason(code)
    console.say(f"{path.name}: {error if sentence == code else sentence}")
    return {"file": path.name, "error": code}


def _show(console: Console, result: dict[str, Any], *, form: Format) -> None:
    if form is Format.NDJSON:
        console.result_json(result)
    elif form is Format.TEXT:
        state = result.get("quality") or result["error"]
        extra = " ".join(result.get("reasons", ()))
        console.result(
            f"{result['file']}: {state} {extra}".rstrip() + (f" → {result['pdf']}" if "pdf" in result else "")
        )
