"""The child's side of reading codes: QR codes and barcodes by zxing-cpp, a machine-readable zone by its own alphabet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import tesserocr
import zxingcpp

from guard.errors import TaskRefused
from guard.wire import Json, Reply
from ocr.engine import TESSDATA_FOLDER
from ocr.image_wire import ENGINE_FAILED, LANGUAGE_MISSING, number
from ocr.machine_codes import CodeKind
from ocr.pixels import Pixels
from ocr.render_child import upright_pixels

_MOST_PX = 4000
_MOST_CODES = 20
_LEAST_LETTERS = 10
"""A line of the zone may have lost fillers at its end; one much shorter is none of it."""
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"
_ZONE_DPI = 300
_ZONE_LINE_PX = 40
"""Letters of a zone are read best at about this height."""


class CodeReader:
    """Serves the task `read_codes`; keeps the engine for zones once one was read."""

    def __init__(self, *, tessdata: Path = TESSDATA_FOLDER) -> None:
        self._tessdata = tessdata
        self._engine: tesserocr.PyTessBaseAPI | None = None

    def read_codes(self, header: Mapping[str, Json], payloads: tuple[bytes, ...]) -> Reply:
        """Read the codes of the image in the first payload, which stands in the header as read_page left it.

        Raises:
            TaskRefused: the image does not decode, or the engine failed.
        """
        pixels = upright_pixels({**header, "max_px": _MOST_PX}, payloads)
        gray = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        factor = gray.shape[1] / max(1.0, number(header, "width_px_upright"))
        codes = _bar_codes(gray, factor=factor)
        zone = header.get("mrz_box")
        if isinstance(zone, list) and len(zone) == 4:
            codes.extend(self._zone(gray, [float(str(side)) for side in zone], factor=factor))
        return Reply({"codes": codes})

    def _zone(self, gray: Pixels, box: list[float], *, factor: float) -> list[Json]:
        height, width = gray.shape[:2]
        left, top, right, bottom = (round(side * factor) for side in box)
        crop = gray[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
        if min(crop.shape[:2]) < 8:
            return []
        text = self._read(np.ascontiguousarray(crop))
        lines = [line.replace(" ", "") for line in text.splitlines() if len(line.replace(" ", "")) >= _LEAST_LETTERS]
        return [[CodeKind.MRZ.value, "\n".join(lines), *box]] if lines else []

    def _read(self, crop: Pixels) -> str:
        engine = self._zone_engine()
        # Three lines and the margins make some six line heights.
        scale = min(3.0, max(1.0, 6 * _ZONE_LINE_PX / crop.shape[0]))
        sized = np.asarray(cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        height, width = sized.shape
        try:
            engine.SetImageBytes(sized.tobytes(), width, height, 1, width)
            engine.SetSourceResolution(_ZONE_DPI)
            return str(engine.GetUTF8Text())
        except RuntimeError as exc:
            raise TaskRefused(ENGINE_FAILED, "the machine-readable zone could not be read") from exc
        finally:
            engine.Clear()
            engine.ClearAdaptiveClassifier()

    def _zone_engine(self) -> tesserocr.PyTessBaseAPI:
        if self._engine is None:
            if not (self._tessdata / "eng.traineddata").is_file():
                raise TaskRefused(LANGUAGE_MISSING, "no model for eng; install the package tesseract-ocr-eng")
            self._engine = tesserocr.PyTessBaseAPI(
                path=f"{self._tessdata}/", lang="eng", psm=tesserocr.PSM.SINGLE_BLOCK, oem=tesserocr.OEM.LSTM_ONLY
            )
            self._engine.SetVariable("tessedit_char_whitelist", _ALPHABET)
        return self._engine


def _bar_codes(gray: Pixels, *, factor: float) -> list[Json]:
    found: list[Json] = []
    for code in zxingcpp.read_barcodes(gray, try_invert=False)[:_MOST_CODES]:
        corners = [
            code.position.top_left,
            code.position.top_right,
            code.position.bottom_right,
            code.position.bottom_left,
        ]
        across, down = [corner.x / factor for corner in corners], [corner.y / factor for corner in corners]
        kind = CodeKind.QR if "QR" in str(code.format) else CodeKind.BARCODE
        found.append([kind.value, str(code.text)[:4000], min(across), min(down), max(across), max(down)])
    return found
