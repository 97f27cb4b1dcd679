"""Judges whether a page is good enough to certify, by recognition confidence first.

Confidence follows legibility (94, 64, 32 at growing blur) where sharpness measures stay flat. The thresholds are
data: an office's policy may be stricter. `vidimus ocr` shows a verdict and goes on; certification refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocr.look import UNSEEN, Box, PageLook
from ocr.page_order import duplicate_pages, missing_pages
from ocr.pages import PageQuality, Pages, QualityCode, QualityReason, QualityVerdict, ReadPage, Word

_LINE_MARGIN = 0.25
_ORDER = (QualityVerdict.GOOD, QualityVerdict.WARN, QualityVerdict.REFUSE)


@dataclass(frozen=True, slots=True)
class QualityPolicy:
    """Thresholds of the gate; the legal ones are those of Decree 30/2020, annex I: colour, 200 dpi, 100 % scale."""

    warn_mean_confidence: float = 85.0
    refuse_mean_confidence: float = 50.0
    low_word_confidence: float = 60.0
    warn_low_share: float = 0.10
    refuse_low_share: float = 0.50
    least_dpi: int = 200
    needs_colour: bool = True
    blank_ink_share: float = 0.0015
    warn_skew_degrees: float = 5.0
    warn_cut_letters: int = 5
    warn_shadow_share: float = 0.03
    warn_glare_share: float = 0.005
    warn_finger_share: float = 0.002
    warn_pen_words: int = 6
    warn_unread_blocks: int = 1


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the judgement of one page rests on; `added_turns` are those found by reading, not told by the file."""

    words: tuple[Word, ...]
    ink_share: float
    dpi: float | None
    is_colour: bool
    added_turns: int
    skew_degrees: float
    look: PageLook = UNSEEN


@dataclass(frozen=True, slots=True)
class Quality:
    """The verdict on a document: its worst page, and every reason with its page.

    `document_reasons` are those of the pages together: one scanned twice, one missing.
    """

    verdict: QualityVerdict
    reasons: tuple[QualityReason, ...]
    pages: tuple[PageQuality, ...]
    document_reasons: tuple[QualityReason, ...] = ()


def judge(pages: Pages) -> Quality:
    """Return the worst verdict of all pages; a document without any text is refused."""
    verdicts = [page.quality.verdict for page in pages.pages]
    reasons = [
        replace(reason, detail=f"page {page.page_index + 1}: {reason.detail}")
        for page in pages.pages
        for reason in page.quality.reasons
    ]
    if not any(page.words for page in pages.pages):
        verdicts.append(QualityVerdict.REFUSE)
        reasons.append(QualityReason(QualityCode.BLANK_PAGE, QualityVerdict.REFUSE, "no page holds any text"))
    together = _order_reasons(pages)
    return Quality(
        verdict=worst([*verdicts, *(reason.verdict for reason in together)]),
        reasons=(*reasons, *together),
        pages=tuple(page.quality for page in pages.pages),
        document_reasons=together,
    )


def _order_reasons(pages: Pages) -> tuple[QualityReason, ...]:
    doubled, missing = duplicate_pages(pages.pages), missing_pages(pages.pages)
    reasons = [
        QualityReason(
            QualityCode.DUPLICATE_PAGE,
            QualityVerdict.WARN,
            f"pages {one + 1} and {two + 1} look the same; take one out, or go on if the paper has both",
        )
        for one, two in doubled
    ]
    if missing:
        told = ", ".join(f"{number}/{total}" for number, total in missing[:20])
        reasons.append(
            QualityReason(QualityCode.PAGES_MISSING, QualityVerdict.WARN, f"not scanned: page {told}; scan all pages")
        )
    return tuple(reasons)


def judge_page(facts: PageFacts, *, policy: QualityPolicy | None = None) -> PageQuality:
    """Return what a clerk should know about one page, the gravest reasons first."""
    rules = policy or QualityPolicy()
    legible = [word for word in facts.words if any(char.isalnum() for char in word.text)]
    mean = sum(word.confidence for word in legible) / len(legible) if legible else 0.0
    low = sum(1 for word in legible if word.confidence < rules.low_word_confidence)
    low_share = low / len(legible) if legible else 0.0
    reasons = [
        *_reading_reasons(facts, legible=len(legible), mean=mean, low_share=low_share, rules=rules),
        *_image_reasons(facts, rules=rules),
        *_stance_reasons(facts, rules=rules),
        *_look_reasons(facts, rules=rules),
    ]
    reasons.sort(key=lambda reason: -_ORDER.index(reason.verdict))
    return PageQuality(
        verdict=worst([reason.verdict for reason in reasons]),
        reasons=tuple(reasons),
        mean_confidence=round(mean, 2),
        low_share=round(low_share, 4),
    )


def worst(verdicts: Sequence[QualityVerdict]) -> QualityVerdict:
    """Return the gravest of the verdicts, GOOD when there are none."""
    return max(verdicts, key=_ORDER.index, default=QualityVerdict.GOOD)


def _reading_reasons(
    facts: PageFacts, *, legible: int, mean: float, low_share: float, rules: QualityPolicy
) -> list[QualityReason]:
    if not legible:
        if facts.ink_share < rules.blank_ink_share:
            # A blank back is asked about, never dropped and never refused by itself.
            return [QualityReason(QualityCode.BLANK_PAGE, QualityVerdict.WARN, "nothing is printed on the page")]
        return [QualityReason(QualityCode.UNREADABLE, QualityVerdict.REFUSE, "ink but no word; scan the page again")]
    figures = f"mean confidence {mean:.0f}, {low_share:.0%} of {legible} words doubtful"
    if mean < rules.refuse_mean_confidence or low_share > rules.refuse_low_share:
        return [QualityReason(QualityCode.BLURRED, QualityVerdict.REFUSE, f"{figures}; scan the page again, sharper")]
    if mean < rules.warn_mean_confidence or low_share > rules.warn_low_share:
        return [QualityReason(QualityCode.HARD_TO_READ, QualityVerdict.WARN, f"{figures}; compare with the paper")]
    return []


def _image_reasons(facts: PageFacts, *, rules: QualityPolicy) -> list[QualityReason]:
    reasons = []
    if facts.dpi is None:
        reasons.append(
            QualityReason(
                QualityCode.SCALE_UNKNOWN, QualityVerdict.REFUSE, "no true scale; scan at 100 % instead of a photo"
            )
        )
    # Files state dots per metre: 200 dpi arrives as 199.9996.
    elif round(facts.dpi, 1) < rules.least_dpi:
        reasons.append(
            QualityReason(
                QualityCode.RESOLUTION_TOO_LOW,
                QualityVerdict.REFUSE,
                f"{facts.dpi:.0f} dpi; scan at {rules.least_dpi} dpi or more",
            )
        )
    if rules.needs_colour and not facts.is_colour:
        reasons.append(QualityReason(QualityCode.NOT_COLOUR, QualityVerdict.REFUSE, "not in colour; scan in colour"))
    return reasons


def _stance_reasons(facts: PageFacts, *, rules: QualityPolicy) -> list[QualityReason]:
    reasons = []
    if facts.added_turns % 4 == 2:
        reasons.append(QualityReason(QualityCode.UPSIDE_DOWN, QualityVerdict.GOOD, "turned by 180 degrees"))
    elif facts.added_turns % 4:
        reasons.append(
            QualityReason(QualityCode.SIDEWAYS, QualityVerdict.GOOD, f"turned by {90 * facts.added_turns} degrees")
        )
    if abs(facts.skew_degrees) > rules.warn_skew_degrees:
        reasons.append(
            QualityReason(QualityCode.SKEWED, QualityVerdict.WARN, f"the page lies askew by {facts.skew_degrees:.1f}°")
        )
    return reasons


def _look_reasons(facts: PageFacts, *, rules: QualityPolicy) -> list[QualityReason]:
    look, written = facts.look, _written_words(facts)
    told = (
        (QualityCode.CUT_OFF, look.cut_letters, rules.warn_cut_letters,
         f"{look.cut_letters} letters run out of the picture; lay the whole sheet on the glass"),
        (QualityCode.SHADOWED, look.shadow_share, rules.warn_shadow_share,
         f"{look.shadow_share:.0%} of the page lies in shadow; close the lid or move the light"),
        (QualityCode.GLARE, look.glare_share, rules.warn_glare_share,
         f"{look.glare_share:.1%} of the page is blown out; turn the light or the plastic away"),
        (QualityCode.FINGER, look.finger_share, rules.warn_finger_share,
         f"{look.finger_share:.1%} of the page seems to be under a finger; take it away"),
        (QualityCode.HANDWRITING, written, rules.warn_pen_words,
         f"{written} words in pen ink; the machine misreads handwriting without knowing it"),
        (QualityCode.TEXT_UNREAD, len(look.unread_boxes), rules.warn_unread_blocks,
         f"print in {len(look.unread_boxes)} places was not read, as under a stamp; compare it with the paper"),
    )  # fmt: skip
    return [QualityReason(code, QualityVerdict.WARN, detail) for code, figure, mark, detail in told if figure >= mark]


def _written_words(facts: PageFacts) -> int:
    """Return how many words a pen seems to have written: printed headings in blue are large or in capitals."""
    heights = sorted(word.box_px[3] - word.box_px[1] for word in facts.words)
    usual = heights[len(heights) // 2] if heights else 0.0
    pen = (facts.words[place] for place in facts.look.pen_words)
    return sum(1 for word in pen if not word.text.isupper() and word.box_px[3] - word.box_px[1] <= 1.5 * usual)


def worst_lines(page: ReadPage, *, count: int = 3) -> tuple[Box, ...]:
    """Return the boxes of what was not read, then of the lines that were read least surely, in pixels of the upright page.

    Each has a margin of a quarter of its height, so that an accent that was missed is seen. Lines of a word or two
    without letters are specks and do not count.
    """
    lines = [line for line in page.lines if sum(char.isalnum() for word in line for char in word.text) >= 4]
    lines.sort(key=lambda line: sum(word.confidence * len(word.text) for word in line) / sum(len(w.text) for w in line))
    boxes = [*page.look.unread_boxes, *(_line_box(line) for line in lines)]
    return tuple(_with_margin(box, page) for box in boxes[:count])


def _line_box(line: Sequence[Word]) -> Box:
    left, top = min(word.box_px[0] for word in line), min(word.box_px[1] for word in line)
    return left, top, max(word.box_px[2] for word in line), max(word.box_px[3] for word in line)


def _with_margin(box: Box, page: ReadPage) -> Box:
    left, top, right, bottom = box
    margin = _LINE_MARGIN * (bottom - top)
    return (
        max(0.0, left - margin),
        max(0.0, top - margin),
        min(float(page.width_px), right + margin),
        min(float(page.height_px), bottom + margin),
    )
