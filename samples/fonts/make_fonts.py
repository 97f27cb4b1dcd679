"""Make the small specimen fonts from their open originals, the same bytes each time.

The specimens must look alike on every machine, so no system font is used at run time. This script is run by
hand when a letter is missing; its output is checked in beside it. Every face is cut down to Latin, Vietnamese
and punctuation and renamed, because the originals' names are reserved (OFL 1.1, condition 3).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent

LETTERS: tuple[int, ...] = (
    *range(0x20, 0x7F),  # basic Latin
    *range(0xA0, 0x100),  # Latin-1: French and half of the Vietnamese letters
    *(0x102, 0x103, 0x110, 0x111, 0x128, 0x129, 0x152, 0x153, 0x168, 0x169, 0x178, 0x1A0, 0x1A1, 0x1AF, 0x1B0),
    *range(0x1EA0, 0x1EFA),  # Vietnamese with tone marks
    *(0x300, 0x301, 0x303, 0x309, 0x323, 0x306, 0x302, 0x31B),  # combining marks
    *(0x2010, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x20AB, 0x20AC, 0x2116),
)


@dataclass(frozen=True, slots=True)
class Face:
    """One face to make: where it comes from and the free name it goes by."""

    original: str
    file_name: str
    family: str
    style: str
    copyright_notice: str


_LIBERATION = (
    "Digitized data copyright (c) 2010 Google Corporation with Reserved Font Arimo, Tinos and Cousine. "
    "Copyright (c) 2012 Red Hat, Inc. with Reserved Font Name Liberation."
)
_PATRICK = "Copyright (c) 2012 Patrick Wagesreiter (mail@patrickwagesreiter.at)"
_DANCING = (
    "Copyright 2016 The Dancing Script Project Authors (https://github.com/googlefonts/DancingScript), "
    'with Reserved Font Name "Dancing Script".'
)
FACES: tuple[Face, ...] = (
    Face("LiberationSerif-Regular.ttf", "ThiDuSerif-Regular.ttf", "Thi Du Serif", "Regular", _LIBERATION),
    Face("LiberationSerif-Bold.ttf", "ThiDuSerif-Bold.ttf", "Thi Du Serif", "Bold", _LIBERATION),
    Face("LiberationSerif-Italic.ttf", "ThiDuSerif-Italic.ttf", "Thi Du Serif", "Italic", _LIBERATION),
    Face("LiberationSerif-BoldItalic.ttf", "ThiDuSerif-BoldItalic.ttf", "Thi Du Serif", "Bold Italic", _LIBERATION),
    Face("LiberationSans-Regular.ttf", "ThiDuSans-Regular.ttf", "Thi Du Sans", "Regular", _LIBERATION),
    Face("LiberationSans-Bold.ttf", "ThiDuSans-Bold.ttf", "Thi Du Sans", "Bold", _LIBERATION),
    Face("LiberationSans-Italic.ttf", "ThiDuSans-Italic.ttf", "Thi Du Sans", "Italic", _LIBERATION),
    Face("PatrickHand_400Regular.ttf", "ThiDuHand-Regular.ttf", "Thi Du Hand", "Regular", _PATRICK),
    Face("DancingScript_600SemiBold.ttf", "ThiDuScript-SemiBold.ttf", "Thi Du Script", "SemiBold", _DANCING),
)


def find_original(name: str, *, folders: list[Path]) -> Path:
    """Return where the original face lies.

    Raises:
        FileNotFoundError: no folder holds it; the message says what to fetch.
    """
    for folder in folders:
        for path in sorted(folder.rglob(name)):
            return path
    raise FileNotFoundError(
        f"{name} is in none of the given folders; name with --from the folder of fonts-liberation2 "
        "or of the unpacked npm package listed in samples/README.md"
    )


def make_face(face: Face, *, original: Path) -> bytes:
    """Return the subset, unhinted and renamed face as TrueType bytes."""
    font = TTFont(original, recalcTimestamp=False)
    options = Options()
    options.hinting = False
    options.layout_features = ["kern", "mark", "mkmk", "ccmp"]
    options.name_IDs = []
    options.notdef_outline = True
    options.drop_tables += ["FFTM", "DSIG", "gasp", "GDEF", "meta"]
    subsetter = Subsetter(options=options)
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    names = font["name"]
    names.names = []
    for name_id, text in (
        (0, face.copyright_notice),
        (1, face.family),
        (2, face.style),
        (3, f"Vidimus specimens: {face.family} {face.style}"),
        (4, f"{face.family} {face.style}"),
        (5, "Version 1.000"),
        (6, face.file_name.removesuffix(".ttf")),
        (13, "This Font Software is licensed under the SIL Open Font License, Version 1.1."),
        (14, "https://openfontlicense.org"),
    ):
        names.setName(text, name_id, 3, 1, 0x409)
    path = HERE / face.file_name
    font.save(path, reorderTables=True)
    return path.read_bytes()


def main(arguments: list[str]) -> int:
    """Make every face and print its size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--from", dest="folders", action="append", type=Path, default=[])
    folders = [*parser.parse_args(arguments).folders, Path("/usr/share/fonts/truetype/liberation2")]
    for face in FACES:
        size = len(make_face(face, original=find_original(face.original, folders=folders)))
        print(f"{face.file_name}: {size} bytes from {face.original}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
