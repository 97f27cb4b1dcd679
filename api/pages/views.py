"""What the templates are given: words in the reader's language, tones, addresses; never a domain object."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.messages import Messages, keep_marks


class Tone(StrEnum):
    """How an answer looks; each has an icon of its own, and stands beside words."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Say:
    """The reader's language with everything that can be said in it."""

    messages: Messages
    language: str

    def __call__(self, key: str, **values: object) -> str:
        """Say the sentence of this key."""
        return self.tidy(self.messages.text(key, self.language, **values))

    def tidy(self, text: str) -> str:
        """Keep the marks of a sentence on the line of their words."""
        return keep_marks(text, self.language)

    def word(self, family: str, code: str) -> str:
        """Say what a code means; a code without words of its own is shown as it is."""
        key = f"{family}.{code}"
        return self(key) if self.messages.has(key) else code

    def date(self, instant: datetime | None) -> str:
        """The day of an instant in the office, or a dash."""
        return self.messages.date(instant, self.language) if instant else "–"

    def moment(self, instant: datetime | None) -> str:
        """Day, time and offset of an instant in the office, or a dash."""
        return self.messages.moment(instant) if instant else "–"

    def short(self, instant: datetime | None) -> str:
        """Day and minute of an instant in the office, or a dash."""
        return self.messages.short(instant) if instant else "–"

    def pick(self, texts: object) -> str:
        """Choose the reader's language from a value with `vi`, `en` and `fr`, or from a mapping of them."""
        if isinstance(texts, dict):
            return str(texts[self.language])
        return str(getattr(texts, self.language))


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a list of facts."""

    label: str
    value: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One of the three answers: the question, the answer in words, and why."""

    question: str
    tone: Tone
    answer: str
    why: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word with the tone of its badge."""

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class PageImage:
    """An image of a page with its text alternative."""

    src: str
    caption: str
    alt: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class TrackStep:
    """One step of a way: `done`, `now` or `later`."""

    label: str
    state: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a list."""

    value: str
    label: str
    hint: str = ""
    remedy: str = ""


def page_images(say: Say, pattern: str, *, count: int) -> tuple[PageImage, ...]:
    """The images of a paper's pages; `pattern` has the page number as `{n}`."""
    return tuple(
        PageImage(
            src=pattern.format(n=number),
            caption=say("page.page_of", n=number, total=count),
            alt=say("page.page_image_alt", n=number, total=count),
        )
        for number in range(1, count + 1)
    )
