"""Judges whether a page is good enough to certify, by recognition confidence first.

Confidence follows legibility (94, 64, 32 at growing blur) where sharpness measures stay flat. The thresholds are
data: an office's policy may be stricter. `vidimus ocr` shows a verdict and goes on; certification refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocr.look import UNSEEN, PageLook
from ocr.pages import PageQuality, Pages, QualityCode, QualityReason, QualityVerdict, Word

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
    blank_ink_share: float = 0.0015
    warn_skew_degrees: float = 5.0


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
    """The verdict on a document: its worst page, and every reason with its page."""

    verdict: QualityVerdict
    reasons: tuple[QualityReason, ...]
    pages: tuple[PageQuality, ...]


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
    return Quality(verdict=worst(verdicts), reasons=tuple(reasons), pages=tuple(page.quality for page in pages.pages))


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
    if not facts.is_colour:
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
