"""A camera that sees one picture: a film of a QR code, as Chromium takes it in place of a device."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import segno

_WIDTH, _HEIGHT, _MARGIN = 640, 480, 60


def film_of_code(path: Path, text: str, *, frames: int = 10) -> Path:
    """Write a YUV4MPEG2 film in which a QR code with this text is held before the camera."""
    rows = np.array([[not dark for dark in row] for row in segno.make(text, error="m").matrix], dtype=np.uint8)
    scale = (_HEIGHT - 2 * _MARGIN) // len(rows)
    square = np.kron(rows, np.ones((scale, scale), dtype=np.uint8)) * 255
    light = np.full((_HEIGHT, _WIDTH), 235, dtype=np.uint8)
    top, left = (_HEIGHT - len(square)) // 2, (_WIDTH - len(square)) // 2
    light[top : top + len(square), left : left + len(square)] = np.clip(square, 16, 235)
    grey = np.full(_WIDTH * _HEIGHT // 2, 128, dtype=np.uint8)
    frame = b"FRAME\n" + light.tobytes() + grey.tobytes()
    head = f"YUV4MPEG2 W{_WIDTH} H{_HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + frame * frames)
    return path
