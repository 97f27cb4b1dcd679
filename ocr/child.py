"""What a child of this package serves; `guard.child` imports it behind its walls."""

from __future__ import annotations

from collections.abc import Mapping

import cv2

from guard.child import Task
from ocr.codes_child import CodeReader
from ocr.intake_child import TASKS as INTAKE_TASKS
from ocr.reading_child import PageReader
from ocr.render_child import crop_page, overlay_page, preview_page, render_page

# Pages are read side by side in several children; threads within one only wait for each other and map memory.
cv2.setNumThreads(1)

TASKS: Mapping[str, Task] = {
    **INTAKE_TASKS,
    "read_page": PageReader().read_page,
    "render_page": render_page,
    "preview_page": preview_page,
    "overlay_page": overlay_page,
    "crop_page": crop_page,
    "read_codes": CodeReader().read_codes,
}
