"""`vidimus ocr` and `vidimus quality`: a scan becomes a searchable PDF/A, its text and a JSON of words; or is only judged."""

from __future__ import annotations

import contextlib
import json
import mimetypes
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.cli.console import Console, Format, Language, open_console
from api.cli.exits import Exit, exit_of_error, worst
from api.cli.outputs import check_outputs
from api.clock import SystemClock
from guard import GuardError, Room, SandboxPool, Spool, probe_isolation, write_payload
from ocr import (
    LayerComparison,
    OcrError,
    OriginalPart,
    Pages,
    Quality,
    ReadOriginal,
    ReadPage,
    judge,
    layers_of,
    ocr_sandbox,
    page_crop,
    page_overlay,
    read_fields,
    read_original,
    worst_lines,
    write_pdfa,
)

_LINE_PX: Final = 1600


@dataclass(frozen=True, slots=True)
class _Reading:
    """One original, read."""

    original: ReadOriginal
    quality: Quality

    @property
    def pages(self) -> Pages:
        """Its pages, without their images."""
        return self.original.pages


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
    # Beside the results, where there is room for them.
    spool = Spool(out_dir)
    with _pool(jobs) as pool, _bar(console) as bar:
        for original in originals:
            path = original[0]
            try:
                with spool.room() as room:
                    reading = _read(original, pool=pool, room=room, languages=tuple(ocr_lang.split("+")), bar=bar)
                    result = _write(reading, path, out_dir=out_dir, language=_pdf_language(ocr_lang), room=room)
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
    crops: Annotated[
        Path | None, typer.Option(help="Write NAME-PAGE-N.png of the lines read least surely into this folder.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Judge scans as the counter would: good, warn or refuse, with reasons; a refusal ends with 6."""
    console = open_console(lang)
    codes = []
    results = []
    with _pool(2) as pool, _bar(console) as bar, tempfile.TemporaryDirectory(prefix="vidimus-") as folder:
        for path in files:
            try:
                with Spool(Path(folder)).room() as room:
                    reading = _read([path], pool=pool, room=room, languages=tuple(ocr_lang.split("+")), bar=bar)
                    cut_out = None if crops is None else _write_crops(reading, path, folder=crops, pool=pool)
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
                if cut_out is not None:
                    result["crops"] = cut_out
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


def _read(files: list[Path], *, pool: SandboxPool, room: Room, languages: tuple[str, ...], bar: Progress) -> _Reading:
    task = bar.add_task(files[0].name, total=None)
    original = read_original(
        # A copy of our own: what is hashed is what is read, whatever becomes of the file meanwhile.
        [OriginalPart(room.take(partial(_copy, file)), mimetypes.guess_type(file.name)[0]) for file in files],
        sandbox=pool,
        room=room,
        languages=languages,
        on_page=lambda done, total: bar.update(task, completed=done, total=total),
    )
    return _Reading(original, judge(original.pages))


def _copy(path: Path, target: BinaryIO) -> None:
    with path.open("rb") as file:
        shutil.copyfileobj(file, target)


def _write(reading: _Reading, path: Path, *, out_dir: Path, language: str, room: Room) -> dict[str, Any]:
    pages = reading.pages
    document = write_pdfa(
        pages,
        title=path.stem,
        language=language,
        created_at=SystemClock().now(),
        source_sha256_hex=pages.scan.sha256_hex,
        images=reading.original.images(),
        room=room,
    )
    with (out_dir / f"{path.stem}.pdf").open("wb") as file:
        write_payload(document.content, file)
    (out_dir / f"{path.stem}.txt").write_text(pages.text, encoding="utf-8")
    words = {
        "file": path.name,
        "source_sha256": pages.scan.sha256_hex,
        "source_parts": list(pages.scan.part_sha256_hexes),
        "quality": {"verdict": reading.quality.verdict.value, "reasons": _reasons(reading.quality)},
        **read_fields(pages).as_json(),
        "pages": [_page(page, layer) for page, layer in zip(pages.pages, layers_of(pages), strict=True)],
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


def _page(page: ReadPage, layer: LayerComparison) -> dict[str, Any]:
    return {
        "page_number": page.page_index + 1,
        "dpi": page.dpi,
        "quarter_turns": page.quarter_turns,
        "skew_degrees": page.skew_degrees,
        "quality": page.quality.verdict.value,
        "text_layer": {
            "verdict": layer.verdict.value,
            "agreement": round(layer.agreement, 4),
            "disputed": list(layer.disputed),
        },
        "worst_lines": [list(box) for box in worst_lines(page)],
        "codes": [{"kind": code.kind.value, "text": code.text, "box": list(code.box_px)} for code in page.codes],
        "words": [{"text": word.text, "box": list(word.box_px), "confidence": word.confidence} for word in page.words],
    }


def _write_crops(reading: _Reading, path: Path, *, folder: Path, pool: SandboxPool) -> list[str]:
    """Cut out the lines that were read least surely, page by page, the worst first."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for page in reading.pages.pages:
        shown = reading.original.with_image(page.page_index)
        for place, box in enumerate(worst_lines(page), 1):
            image = page_crop(shown, page.page_index, box, max_px=_LINE_PX, sandbox=pool)
            target = folder / f"{path.stem}-{page.page_index + 1}-{place}.png"
            target.write_bytes(image)
            written.append(str(target))
    return written


def _write_overlays(reading: _Reading, path: Path, *, out_dir: Path, pool: SandboxPool) -> None:
    for page in reading.pages.pages:
        image = page_overlay(reading.original.with_image(page.page_index), page.page_index, max_px=1600, sandbox=pool)
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
