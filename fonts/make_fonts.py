"""Make the small faces of Vidimus from their open originals, the same bytes each time.

Run by hand when a letter is missing: `python -m fonts.make_fonts`; its output is checked in beside it. Three
reasons not to embed the originals: a face whose unitsPerEm is not 1000 is embedded with wrong widths by common
PDF writers and fails PDF/A, a full face costs time at every signature, and the names of modified fonts are
reserved (OFL 1.1, condition 3).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
from dataclasses import dataclass
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

from fonts.errors import OriginalUnknown

HERE = Path(__file__).resolve().parent
DEBIAN_FONTS = Path("/usr/share/fonts/truetype")
UNITS_PER_EM = 1000
# Seconds since 1904-01-01, the epoch of `head`: 2026-01-01. A fixed date keeps the bytes the same.
HEAD_TIME = 3_850_070_400
WINDOWS, UNICODE_BMP, ENGLISH_US = 3, 1, 0x409

CODE_POINTS: tuple[int, ...] = (
    *range(0x20, 0x7F),  # basic Latin
    *range(0xA0, 0x100),  # Latin-1
    *range(0x100, 0x180),  # Latin Extended-A: names of every European neighbour
    *(0x192, 0x1A0, 0x1A1, 0x1AF, 0x1B0, 0x218, 0x219, 0x21A, 0x21B),
    *(0x2C6, 0x2C7, 0x2D8, 0x2D9, 0x2DA, 0x2DB, 0x2DC, 0x2DD),
    *(0x300, 0x301, 0x302, 0x303, 0x306, 0x309, 0x31B, 0x323),  # combining marks of Vietnamese
    *range(0x1EA0, 0x1EFA),  # Vietnamese with tone marks
    *range(0x2010, 0x2016),
    *range(0x2018, 0x201F),
    *(0x2020, 0x2021, 0x2022, 0x2026, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x2044),
    *(0x20AB, 0x20AC, 0x2116, 0x2122),
    *range(0x2190, 0x2196),  # arrows
    *(0x2212, 0x2260, 0x2264, 0x2265, 0x25A0, 0x25A1, 0x25CB, 0x25CF),
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One face to make: its original, known by digest, and the free name it goes by."""

    original: str
    original_sha256_hex: str
    file_name: str
    family: str
    style: str
    copyright_notice: str


_LIBERATION = (
    "Digitized data copyright (c) 2010 Google Corporation with Reserved Font Arimo, Tinos and Cousine. "
    "Copyright (c) 2012 Red Hat, Inc. with Reserved Font Name Liberation."
)
_NOTO = "Copyright 2015 Google LLC. All Rights Reserved."
RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "liberation2/LiberationSerif-Regular.ttf",
        "29d12439831b7f59194efec85872f24f54eff05738933f9a860220d2abff88ba",
        "VidimusSerif-Regular.ttf",
        "Vidimus Serif",
        "Regular",
        _LIBERATION,
    ),
    Recipe(
        "liberation2/LiberationSerif-Bold.ttf",
        "446a4421f297698427170fd7db20e59169a4188baaaf940e9bea58af6341a723",
        "VidimusSerif-Bold.ttf",
        "Vidimus Serif",
        "Bold",
        _LIBERATION,
    ),
    Recipe(
        "liberation2/LiberationSerif-Italic.ttf",
        "c1830c433ab41379f1139fac388989d37c9f08c81e1bd643efdcc7946db30753",
        "VidimusSerif-Italic.ttf",
        "Vidimus Serif",
        "Italic",
        _LIBERATION,
    ),
    Recipe(
        "noto/NotoSans-Regular.ttf",
        "89c3c497f618fdaa0b2d1e98fef93582f28c71debd2c4a8cdf41f190ced2909d",
        "VidimusSans-Regular.ttf",
        "Vidimus Sans",
        "Regular",
        _NOTO,
    ),
    Recipe(
        "noto/NotoSans-Bold.ttf",
        "e83493c945848ecd4a9ad0f6d19164541a0d3e23a9c952304a00a46e00272ac5",
        "VidimusSans-Bold.ttf",
        "Vidimus Sans",
        "Bold",
        _NOTO,
    ),
)


def make_face(recipe: Recipe, *, original: bytes) -> bytes:
    """Return the subset, unhinted, 1000-unit and renamed face as TrueType bytes.

    Raises:
        OriginalUnknown: the original is not the one this recipe was written for.
    """
    found_sha256_hex = hashlib.sha256(original).hexdigest()
    if found_sha256_hex != recipe.original_sha256_hex:
        raise OriginalUnknown(
            f"{recipe.original} has SHA-256 {found_sha256_hex}, not {recipe.original_sha256_hex}; "
            "take fonts-liberation2 2.1.5 and fonts-noto-core 20201225, or read the new version and update RECIPES"
        )
    font = TTFont(io.BytesIO(original), recalcTimestamp=False)
    options = Options(hinting=False, glyph_names=False, notdef_outline=True, recalc_timestamp=False)
    options.drop_tables += ["FFTM", "DSIG", "kern", "GSUB", "GPOS", "GDEF", "gasp"]
    options.name_IDs = []
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=CODE_POINTS)
    subsetter.subset(font)
    scale_upem(font, UNITS_PER_EM)
    font["head"].created = font["head"].modified = HEAD_TIME
    font["OS/2"].fsType = 0
    _rename(font, recipe=recipe)
    made = io.BytesIO()
    font.save(made, reorderTables=True)
    return made.getvalue()


def _rename(font: TTFont, *, recipe: Recipe) -> None:
    full_name = recipe.family if recipe.style == "Regular" else f"{recipe.family} {recipe.style}"
    names = {
        0: recipe.copyright_notice,
        1: recipe.family,
        2: recipe.style,
        3: f"{recipe.family} {recipe.style}; subset for Vidimus",
        4: full_name,
        5: "Version 1.0",
        6: recipe.file_name.removesuffix(".ttf"),
        13: "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
        14: "https://openfontlicense.org",
    }
    font["name"].names = []
    for name_id, text in names.items():
        font["name"].setName(text, name_id, WINDOWS, UNICODE_BMP, ENGLISH_US)


def main(arguments: list[str] | None = None) -> int:
    """Write every face beside this file; with `--check`, only compare and exit 1 on a difference."""
    parser = argparse.ArgumentParser(prog="python -m fonts.make_fonts", description=__doc__)
    parser.add_argument("--from", dest="folder", type=Path, default=DEBIAN_FONTS, help="folder of the original faces")
    parser.add_argument("--check", action="store_true", help="compare with the checked-in faces instead of writing")
    options = parser.parse_args(arguments)
    differing = 0
    for recipe in RECIPES:
        made = make_face(recipe, original=(options.folder / recipe.original).read_bytes())
        target = HERE / recipe.file_name
        if options.check:
            same = target.read_bytes() == made
            differing += not same
            print(f"{'same' if same else 'DIFFERS'} {recipe.file_name}")
        else:
            target.write_bytes(made)
            print(f"{recipe.file_name} {len(made)} bytes {hashlib.sha256(made).hexdigest()}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
