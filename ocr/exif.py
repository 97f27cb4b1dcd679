"""What may be learned from EXIF before it is thrown away: orientation, resolution, and that a camera made it."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.errors import ScanRefused
from ocr.tiff_directory import Directory, read_directories, read_directory

_MODEL = 272
_ORIENTATION = 274
_X_RESOLUTION = 282
_RESOLUTION_UNIT = 296
_EXIF_DIRECTORY = 34665
_EXPOSURE_TIME = 33434
_F_NUMBER = 33437
_FOCAL_LENGTH = 37386
_INCH = 2
CM_PER_INCH = 2.54

# Orientation → (clockwise quarter turns that stand the page, mirrored before turning); EXIF 2.3, 4.6.4 A.
TURNS = {1: (0, False), 2: (0, True), 3: (2, False), 4: (2, True), 5: (3, True), 6: (1, False), 7: (1, True), 8: (3, False)}  # fmt: skip
_MAX_DIRECTORIES = 8


@dataclass(frozen=True, slots=True)
class Exif:
    """The harmless part of EXIF."""

    quarter_turns: int = 0
    mirrored: bool = False
    dpi: float | None = None
    has_model: bool = False
    has_exposure: bool = False


def read_exif(tiff: bytes) -> Exif:
    """Read the harmless part; damaged EXIF counts as none, because nothing of it is kept."""
    try:
        directories = read_directories(tiff, max_directories=_MAX_DIRECTORIES)
        main = directories[0] if directories else Directory({}, little_endian=True)
        offset = main.integer(_EXIF_DIRECTORY, 0)
        photo = read_directory(tiff, offset, little_endian=main.little_endian)[0] if offset else main
    except ScanRefused:
        return Exif()
    turns, mirrored = TURNS.get(main.integer(_ORIENTATION, 1), (0, False))
    return Exif(
        quarter_turns=turns,
        mirrored=mirrored,
        dpi=resolution_of(main),
        has_model=_MODEL in main.entries,
        has_exposure=any(tag in photo.entries for tag in (_EXPOSURE_TIME, _F_NUMBER, _FOCAL_LENGTH)),
    )


def names_srgb(profile: bytes) -> bool:
    """Tell whether an ICC profile calls itself sRGB, in a version 2 or a version 4 description."""
    return b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile


def resolution_of(directory: Directory) -> float | None:
    """Give the horizontal resolution in dots per inch, when the directory states it with a unit."""
    resolution = directory.rational(_X_RESOLUTION)
    if resolution is None or resolution <= 0:
        return None
    match directory.integer(_RESOLUTION_UNIT, _INCH):
        case 2:
            return float(resolution)
        case 3:
            return float(resolution) * CM_PER_INCH
    return None
