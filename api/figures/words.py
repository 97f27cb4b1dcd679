"""Figures in words: their titles, their groups' names, and the sentence that says a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from api.figures.pictures import draw_bars
from api.figures.report import Figure
from api.messages import MessageMissing, Messages

_SEPARATORS: Final = {"vi": (".", ","), "en": (",", "."), "fr": ("\u202f", ",")}


def title_of(figure: Figure, messages: Messages, language: str) -> str:
    """The title of a figure."""
    return messages.text(f"figure.{figure.key}", language)


def group_of(messages: Messages, language: str) -> Callable[[str], str]:
    """How groups are named: a word where there is one, the code where not (a signer, an agency)."""

    def label(group: str) -> str:
        try:
            return messages.text(f"figure.group.{group}", language)
        except MessageMissing:
            return group

    return label


def number_of(unit: str, messages: Messages, language: str) -> Callable[[float | None], str]:
    """How numbers are written; what is not known is said and not drawn as nothing."""
    thousands, point = _SEPARATORS[language]

    def value(number: float | None) -> str:
        if number is None:
            return messages.text("figure.unknown", language)
        text = f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"
        told = text.replace(",", "\0").replace(".", point).replace("\0", thousands)
        return f"{told} %" if unit == "percent" else told

    return value


def said_of(figure: Figure, messages: Messages, language: str, *, label: Callable[[str], str] | None = None) -> str:
    """The figure as one sentence; `label` names its groups where more is known of them than their codes."""
    label, value = label or group_of(messages, language), number_of(figure.unit, messages, language)
    parts = "; ".join(f"{label(cell.group)}: {value(cell.value)}" for cell in figure.cells)
    whole = f"{title_of(figure, messages, language)}: {value(figure.value)}"
    return f"{whole} ({parts})" if parts else whole


def figure_picture(
    figure: Figure, messages: Messages, language: str, *, label: Callable[[str], str] | None = None
) -> str:
    """Draw a figure in a language; `label` as in `said_of`."""
    return draw_bars(
        figure,
        title=title_of(figure, messages, language),
        said=said_of(figure, messages, language, label=label),
        label=label or group_of(messages, language),
        value=number_of(figure.unit, messages, language),
    )
