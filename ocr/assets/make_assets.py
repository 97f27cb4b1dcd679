"""Makes the two files that every PDF/A of ours embeds: an sRGB profile and a font without outlines.

Run `python -m ocr.assets.make_assets`; it leaves no difference when nothing changed.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from PIL import ImageCms

HERE = Path(__file__).resolve().parent
PROFILE_DATE = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
PROFILE_DATE_AT = slice(24, 36)  # ICC.1:2010, 7.2: the header's dateTimeNumber
UNITS_PER_EM = 1000
GLYPH_ADVANCE = 500


def main() -> None:
    """Write both files beside this script."""
    (HERE / "srgb.icc").write_bytes(make_profile())
    (HERE / "glyphless.ttf").write_bytes(make_glyphless_font())


def make_profile() -> bytes:
    """Return Pillow's sRGB profile with a fixed date, so that equal documents stay equal."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[PROFILE_DATE_AT] = PROFILE_DATE
    return bytes(profile)


def make_glyphless_font() -> bytes:
    """Return a TrueType font of two empty glyphs, each half an em wide: for text that only searches and copies."""
    builder = FontBuilder(UNITS_PER_EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", "blank"])
    builder.setupCharacterMap({0x20: "blank"})
    builder.setupGlyf({".notdef": Glyph(), "blank": Glyph()})
    builder.setupHorizontalMetrics({".notdef": (GLYPH_ADVANCE, 0), "blank": (GLYPH_ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=UNITS_PER_EM, descent=0)
    builder.setupNameTable({"familyName": "Vidimus Glyphless", "styleName": "Regular", "psName": "VidimusGlyphless"})
    builder.setupOS2(sTypoAscender=UNITS_PER_EM, sTypoDescender=0, usWinAscent=UNITS_PER_EM, usWinDescent=0)
    builder.setupPost()
    # A moment in seconds since 1904 that never changes, or the bytes would.
    builder.font["head"].created = builder.font["head"].modified = 3_850_000_000
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


if __name__ == "__main__":
    main()
