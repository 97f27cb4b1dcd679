"""What a phone does to a sheet on a table: perspective, light, shadow, noise, and a place in its metadata."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageFilter

from samples.damage import add_grain

PHOTO_PX: Final = (3000, 4000)
COARSE: Final = 8

CANARY_MAKE: Final = "Canary Optics"
CANARY_MODEL: Final = "GPS-CANARY-000741"
# A point in the open sea. No byte of it may survive intake.
CANARY_LATITUDE: Final = (8.0, 44.0, 44.44)
CANARY_LONGITUDE: Final = (111.0, 11.0, 11.11)
TAKEN_AT: Final = "2026:11:02 08:15:00"

Corner = tuple[float, float]
Corners = tuple[Corner, Corner, Corner, Corner]


@dataclass(frozen=True, slots=True)
class Shot:
    """How the photo was taken: where the sheet's corners fall (clockwise from the upper left), and the light."""

    corners_px: Corners
    shadow: float = 0.34
    noise: float = 3.0
    blur_px: float = 0.5
    quality: int = 88


LYING_ON_TABLE: Final = Shot(corners_px=((352.0, 236.0), (2702.0, 172.0), (2836.0, 3712.0), (196.0, 3768.0)))
TOO_CLOSE: Final = Shot(corners_px=((-60.0, -60.0), (3050.0, -25.0), (3090.0, 4290.0), (-110.0, 4240.0)), shadow=0.22)


def _coefficients(corners: Corners, *, size: tuple[int, int]) -> tuple[float, ...]:
    """The eight numbers that take a point of the photo back to the sheet."""
    width, height = size
    targets = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, targets, strict=True):
        rows.append([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y])
        rows.append([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y])
        values += [u, v]
    return tuple(float(number) for number in np.linalg.solve(np.array(rows), np.array(values)))


def _table(rng: np.random.Generator) -> Image.Image:
    """A wooden table: planks with grain that runs across the picture."""
    width, height = PHOTO_PX[0] // 4, PHOTO_PX[1] // 4
    strips = rng.standard_normal((height, width // 50)).astype(np.float32)
    smooth = np.asarray(Image.fromarray(strips).resize((width, height), Image.Resampling.BICUBIC))
    fibre = smooth + 0.5 * np.roll(smooth, 3, axis=0)
    planks = np.repeat(rng.uniform(-14, 14, 6).astype(np.float32), height // 6 + 1)[:height, None]
    seam = np.zeros((height, 1), np.float32)
    seam[:: height // 6] = -46.0
    tone = planks + seam + 7.5 * fibre
    wood = np.array((112.0, 80.0, 56.0), np.float32) + tone[:, :, None] * np.array((1.0, 0.82, 0.64), np.float32)
    small = Image.fromarray(np.clip(wood, 0, 255).astype(np.uint8))
    return small.resize(PHOTO_PX, Image.Resampling.BILINEAR)


def _light(shadow: float) -> Image.Image:
    """The light of a window on one side, and the shadow of the hand that holds the phone."""
    width, height = PHOTO_PX[0] // COARSE, PHOTO_PX[1] // COARSE
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    window = 1.0 - 0.16 * x - 0.07 * y
    edge = 1.0 / (1.0 + np.exp(-((x + 0.42 * y) - 1.02) * 22))
    light = window * (1.0 - np.float32(shadow) * edge)
    tint = np.array((1.0, 0.985, 0.95), np.float32)
    levels: NDArray[np.float32] = np.clip(light[:, :, None] * tint * 255, 0, 255)
    return Image.fromarray(levels.astype(np.uint8)).resize(PHOTO_PX, Image.Resampling.BILINEAR)


def _contact_shadow(corners: Corners) -> Image.Image:
    small = (PHOTO_PX[0] // COARSE, PHOTO_PX[1] // COARSE)
    shifted = [((x + 26) / COARSE, (y + 34) / COARSE) for x, y in corners]
    mask = Image.new("L", (20, 20), 255).transform(
        small,
        Image.Transform.PERSPECTIVE,
        _coefficients((shifted[0], shifted[1], shifted[2], shifted[3]), size=(20, 20)),
    )
    return mask.filter(ImageFilter.GaussianBlur(4)).point(lambda level: level * 5 // 8).resize(PHOTO_PX)


def take_photo(sheet: Image.Image, *, shot: Shot, rng: np.random.Generator) -> Image.Image:
    """Return the photo of the sheet on a table."""
    coefficients = _coefficients(shot.corners_px, size=sheet.size)
    scene = _table(rng)
    scene.paste((24, 17, 12), (0, 0), _contact_shadow(shot.corners_px))
    outline = Image.new("L", PHOTO_PX, 0)
    ImageDraw.Draw(outline).polygon(shot.corners_px, fill=255)
    seen = sheet.transform(PHOTO_PX, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
    scene.paste(seen, (0, 0), outline)
    lit = ImageChops.multiply(scene, _light(shot.shadow))
    return add_grain(lit.filter(ImageFilter.BoxBlur(shot.blur_px)), sigma=shot.noise, rng=rng)


def write_photo(image: Image.Image, *, quality: int) -> bytes:
    """Return a JPEG as a phone writes it: maker, model, time and the canary position in EXIF, no true scale."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = CANARY_MAKE
    exif[ExifTags.Base.Model] = CANARY_MODEL
    exif[ExifTags.Base.Orientation] = 1
    exif[ExifTags.Base.XResolution] = 72.0
    exif[ExifTags.Base.YResolution] = 72.0
    exif[ExifTags.Base.ResolutionUnit] = 2
    exif[ExifTags.Base.DateTime] = TAKEN_AT
    position = exif.get_ifd(ExifTags.IFD.GPSInfo)
    position[ExifTags.GPS.GPSLatitudeRef] = "N"
    position[ExifTags.GPS.GPSLatitude] = CANARY_LATITUDE
    position[ExifTags.GPS.GPSLongitudeRef] = "E"
    position[ExifTags.GPS.GPSLongitude] = CANARY_LONGITUDE
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, exif=exif, subsampling="4:2:0")
    return buffer.getvalue()


def effective_dpi(corners: Corners, *, page_mm: Sequence[float] = (210.0, 297.0)) -> float:
    """The lowest resolution along the sheet's four sides in the photo."""
    points = [np.array(corner) for corner in corners]
    sides_px = [float(np.linalg.norm(points[index] - points[(index + 1) % 4])) for index in range(4)]
    return min(side_px / page_mm[index % 2] * 25.4 for index, side_px in enumerate(sides_px))
