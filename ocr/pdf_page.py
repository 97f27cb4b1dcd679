"""Look at one PDF page: its visible size, its turn, and whether it is nothing but one picture."""

from __future__ import annotations

from dataclasses import dataclass

import pikepdf

_POINTS_PER_INCH = 72.0
# A scanner's picture may miss the page by rounding; a picture smaller than this leaves paper to be drawn.
_COVER_TOLERANCE = 0.02
_INVISIBLE_TEXT = 3
_STATE_OPERATORS = {"q", "Q", "cm", "BT", "ET", "Tf", "Tr", "Td", "TD", "Tm", "T*", "Tc", "Tw", "Tz", "TL", "Ts",
                    "BMC", "BDC", "EMC", "MP", "DP", "g", "rg", "k", "G", "RG", "K", "w", "J", "j", "M", "d", "i"}  # fmt: skip
_TEXT_OPERATORS = {"Tj", "TJ", "'", '"'}
_MAX_OPERATORS = 100_000
_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PageGeometry:
    """The visible box in points before turning, and the clockwise turn."""

    left_pt: float
    bottom_pt: float
    width_pt: float
    height_pt: float
    quarter_turns: int


@dataclass(frozen=True, slots=True)
class PagePicture:
    """What the page shows. `covers_page`: `image` is all there is to see. `largest_dpi`: of the largest picture."""

    image: pikepdf.Object | None
    covers_page: bool
    largest_dpi: float | None
    has_hidden_text: bool = False


@dataclass(slots=True)
class _Drawing:
    """The state while operators are followed."""

    matrix: _Matrix = _IDENTITY
    text_mode: int = 0
    placed: tuple[tuple[pikepdf.Object, _Matrix], ...] = ()
    only_pictures: bool = True
    has_hidden_text: bool = False


def page_geometry(page: pikepdf.Page) -> PageGeometry:
    """Read the visible box (CropBox within MediaBox), UserUnit and Rotate."""
    media = [float(number) for number in page.mediabox]
    crop = [float(number) for number in page.cropbox]
    left, right = (
        max(min(media[0], media[2]), min(crop[0], crop[2])),
        min(max(media[0], media[2]), max(crop[0], crop[2])),
    )
    low, high = max(min(media[1], media[3]), min(crop[1], crop[3])), min(max(media[1], media[3]), max(crop[1], crop[3]))
    unit = float(page.obj.get("/UserUnit", 1))
    turn = int(page.rotation if hasattr(page, "rotation") else page.obj.get("/Rotate", 0))
    if right <= left or high <= low or unit <= 0 or turn % 90:
        msg = "the page has no area, or turns by no right angle"
        raise ValueError(msg)
    return PageGeometry(left, low, (right - left) * unit, (high - low) * unit, turn // 90 % 4)


def sole_picture(page: pikepdf.Page, geometry: PageGeometry) -> PagePicture:
    """Follow the page's operators and tell whether it is one upright picture that fills it."""
    drawing = _follow(page)
    unit = float(page.obj.get("/UserUnit", 1))
    resolutions = []
    for image, matrix in drawing.placed:
        width_pt = (matrix[0] ** 2 + matrix[1] ** 2) ** 0.5 * unit
        if width_pt * 2 >= geometry.width_pt:
            resolutions.append(float(image.get("/Width", 0)) / width_pt * _POINTS_PER_INCH)
    largest = max(resolutions, default=None)
    if len(drawing.placed) != 1 or not drawing.only_pictures or len(page.obj.get("/Annots", [])):
        return PagePicture(None, covers_page=False, largest_dpi=largest)
    image, matrix = drawing.placed[0]
    covers = _fills(matrix, geometry, unit=unit) and not any(key in image for key in ("/SMask", "/Mask", "/Decode"))
    return PagePicture(image, covers_page=covers, largest_dpi=largest, has_hidden_text=drawing.has_hidden_text)


def _follow(page: pikepdf.Page) -> _Drawing:
    drawing = _Drawing()
    pictures = (
        page.resources.get("/XObject", pikepdf.Dictionary()) if "/Resources" in page.obj else pikepdf.Dictionary()
    )
    saved: list[tuple[_Matrix, int]] = []
    instructions = pikepdf.parse_content_stream(page)
    if len(instructions) > _MAX_OPERATORS:
        drawing.only_pictures = False
        return drawing
    for instruction in instructions:
        _step(drawing, saved, str(instruction.operator), list(instruction.operands), pictures)
    return drawing


def _step(
    drawing: _Drawing,
    saved: list[tuple[_Matrix, int]],
    operator: str,
    operands: list[pikepdf.Object],
    pictures: pikepdf.Object,
) -> None:
    match operator:
        case "q":
            saved.append((drawing.matrix, drawing.text_mode))
        case "Q" if saved:
            drawing.matrix, drawing.text_mode = saved.pop()
        case "cm":
            a, b, c, d, e, f = (float(number) for number in operands)
            drawing.matrix = _multiply((a, b, c, d, e, f), drawing.matrix)
        case "Tr":
            drawing.text_mode = int(operands[0])
        case "Do":
            _place(drawing, pictures.get(str(operands[0])))
        case _ if operator in _TEXT_OPERATORS and drawing.text_mode == _INVISIBLE_TEXT:
            drawing.has_hidden_text = True  # The text layer of a scanner's own recognition shows nothing.
        case _ if operator not in _STATE_OPERATORS:
            drawing.only_pictures = False


def _place(drawing: _Drawing, drawn: pikepdf.Object | None) -> None:
    if isinstance(drawn, pikepdf.Stream) and str(drawn.get("/Subtype")) == "/Image" and not drawn.get("/ImageMask"):
        drawing.placed = (*drawing.placed, (drawn, drawing.matrix))
    else:
        drawing.only_pictures = False


def _fills(matrix: _Matrix, geometry: PageGeometry, *, unit: float) -> bool:
    """Tell whether the unit square lands upright on the visible box, in default user space."""
    a, b, c, d, e, f = matrix
    width, height = geometry.width_pt / unit, geometry.height_pt / unit
    if a <= 0 or d <= 0 or max(abs(b), abs(c)) > _COVER_TOLERANCE:
        return False
    slack_x, slack_y = width * _COVER_TOLERANCE, height * _COVER_TOLERANCE
    across = abs(e - geometry.left_pt) <= slack_x and abs(a - width) <= slack_x
    return across and abs(f - geometry.bottom_pt) <= slack_y and abs(d - height) <= slack_y


def _multiply(first: _Matrix, then: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)
