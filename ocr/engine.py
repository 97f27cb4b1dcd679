"""Recognition engines behind one protocol: words with boxes and confidence from a prepared page image.

Both engines run the same recogniser and answer in the same tab-separated form, so that one reader judges
both. The resident engine loads its language model once and keeps it; the fallback starts the command-line
program for every image and costs 1.7 times the processor time.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pytesseract
import tesserocr
from PIL import Image

from ocr.errors import LanguageMissing, OcrEngineFailed

TESSDATA_FOLDER = Path("/usr/share/tesseract-ocr/5/tessdata")
"""Where Debian and Ubuntu put the language models; the wheel brings none of its own."""

GrayImage = npt.NDArray[np.uint8]

_WORD_LEVEL = "5"
_MAX_CONFIDENCE = 100.0
_SETTINGS = {
    # Else the engine looks for white text on black too and reads ghosts in seals.
    "tessedit_do_invert": "0",
    # It looks for typewriter pitch in every line, a twentieth of its time, and the recogniser does not use the answer.
    "textord_all_prop": "1",
}


class Layout(Enum):
    """How the engine looks for text, by Tesseract's page segmentation modes."""

    PAGE = 4
    """One column of text of variable sizes: fewest errors on office papers (segCER 0.0114 against 0.0129)."""
    BLOCK = 6
    """One uniform block: for a band cut out of a page."""


@dataclass(frozen=True, slots=True)
class RecognisedWord:
    """One word in pixels of the image that was recognised, with confidence 0 to 100."""

    text: str
    box: tuple[int, int, int, int]
    confidence: float
    block: int
    line: int


class OcrEngine(Protocol):
    """Reads words from a grey image."""

    languages: tuple[str, ...]

    def recognise(self, image: GrayImage, *, dpi: int, layout: Layout) -> tuple[RecognisedWord, ...]:
        """Return the words in reading order.

        Raises:
            OcrEngineFailed: the engine broke off; nothing was read.
        """

    def close(self) -> None:
        """Give the model's memory back."""


class ResidentEngine:
    """Tesseract held in this process with its model loaded once; one engine per thread."""

    def __init__(self, languages: tuple[str, ...], *, tessdata: Path = TESSDATA_FOLDER) -> None:
        """Load the models of `languages`, the first being the main one.

        Raises:
            LanguageMissing: a model file is not installed.
        """
        _check_models(languages, tessdata)
        self.languages = languages
        try:
            self._api = tesserocr.PyTessBaseAPI(
                path=f"{tessdata}/", lang="+".join(languages), psm=Layout.PAGE.value, oem=tesserocr.OEM.LSTM_ONLY
            )
        except RuntimeError as exc:
            raise OcrEngineFailed(f"the models {languages} in {tessdata} could not be loaded: {exc}") from exc
        for name, value in _SETTINGS.items():
            self._api.SetVariable(name, value)

    def recognise(self, image: GrayImage, *, dpi: int, layout: Layout) -> tuple[RecognisedWord, ...]:
        """Return the words in reading order."""
        height, width = image.shape
        try:
            self._api.SetPageSegMode(layout.value)
            self._api.SetImageBytes(np.ascontiguousarray(image).tobytes(), width, height, 1, width)
            self._api.SetSourceResolution(dpi)
            table = self._api.GetTSVText(0)
        except RuntimeError as exc:
            raise OcrEngineFailed(f"Tesseract could not read an image of {width} x {height} pixels: {exc}") from exc
        finally:
            self._api.Clear()
            # The adaptive classifier learns from each page; forgetting it keeps equal pages equal.
            self._api.ClearAdaptiveClassifier()
        return read_word_table(table)

    def close(self) -> None:
        """Give the model's memory back."""
        self._api.End()


class CommandEngine:
    """The `tesseract` program started for each image, where the resident engine has no wheel."""

    def __init__(
        self, languages: tuple[str, ...], *, tessdata: Path = TESSDATA_FOLDER, timeout_seconds: float = 60.0
    ) -> None:
        """Remember the models; the program loads them at every call.

        Raises:
            LanguageMissing: a model file is not installed.
        """
        _check_models(languages, tessdata)
        self.languages = languages
        self._tessdata = tessdata
        self._timeout_seconds = timeout_seconds

    def recognise(self, image: GrayImage, *, dpi: int, layout: Layout) -> tuple[RecognisedWord, ...]:
        """Return the words in reading order."""
        settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        config = f"--tessdata-dir {self._tessdata} --psm {layout.value} --oem 1 --dpi {dpi} {settings}"
        try:
            answer: Any = pytesseract.image_to_data(
                Image.fromarray(image), lang="+".join(self.languages), config=config, timeout=self._timeout_seconds
            )
        except RuntimeError as exc:  # TesseractError is one; on a timeout pytesseract raises a bare RuntimeError.
            raise OcrEngineFailed(f"the tesseract program could not read an image: {exc}") from exc
        except OSError as exc:  # TesseractNotFoundError is one.
            raise OcrEngineFailed("the tesseract program is missing; install the package tesseract-ocr") from exc
        return read_word_table(str(answer))

    def close(self) -> None:
        """Nothing is held between calls."""


def open_engine(languages: tuple[str, ...], *, tessdata: Path = TESSDATA_FOLDER) -> OcrEngine:
    """Return a resident engine for `languages`."""
    return ResidentEngine(languages, tessdata=tessdata)


def read_word_table(table: str) -> tuple[RecognisedWord, ...]:
    """Read Tesseract's TSV, with or without its heading row, into words in NFC."""
    words = []
    for row in csv.reader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        if len(row) != 12 or row[0] != _WORD_LEVEL:
            continue
        text = unicodedata.normalize("NFC", row[11]).strip()
        confidence = float(row[10])
        if not text or confidence < 0:
            continue
        left, top, width, height = (int(cell) for cell in row[6:10])
        # Lines are counted within paragraphs; joining both numbers keeps them apart within a block.
        words.append(
            RecognisedWord(
                text=text,
                box=(left, top, left + width, top + height),
                confidence=min(confidence, _MAX_CONFIDENCE),
                block=int(row[2]),
                line=int(row[3]) * 1000 + int(row[4]),
            )
        )
    return tuple(words)


def _check_models(languages: tuple[str, ...], tessdata: Path) -> None:
    if not languages:
        raise LanguageMissing("no language was given; name at least one, for example vie")
    for language in languages:
        # A language arrives from a command line or a request: it is a name, never a path.
        if not language.replace("_", "").isalnum() or not (tessdata / f"{language}.traineddata").is_file():
            raise LanguageMissing(
                f"no model for language {language!r} in {tessdata}; install the package tesseract-ocr-{language}"
            )
