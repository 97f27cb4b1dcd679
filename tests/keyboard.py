"""Somebody who has a keyboard and nothing else: every step is a key, and what has the focus is seen."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

# What a reader hears of the element that has the focus: its id, its words, its label.
_FOCUSED = """
() => {
  const one = document.activeElement;
  const label = one.labels && one.labels.length ? one.labels[0].textContent : "";
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const isSeen = style.outlineStyle !== "none" || one.matches("input[type=file]");
  return {id: one.id, words: (one.textContent || "").trim() || label.trim(), seen: isSeen && box.width > 0};
}
"""


@dataclass(frozen=True)
class Keyboard:
    """Keys on one page."""

    page: Page

    def reach(self, wanted: str, *, most: int = 80) -> None:
        """Press Tab until the focus is on `#id` or on something that says these words."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            focused = self.page.evaluate(_FOCUSED)
            is_it = focused["id"] == wanted[1:] if wanted.startswith("#") else focused["words"].startswith(wanted)
            if is_it:
                assert focused["seen"], f"the focus on {wanted} cannot be seen"
                return
        raise AssertionError(f"{wanted} was not reached by {most} presses of Tab")

    def press(self, key: str) -> None:
        """Press a key where the focus is."""
        self.page.keyboard.press(key)

    def follow(self, wanted: str) -> None:
        """Reach a link or a button and press Enter, and wait for the page behind it."""
        self.reach(wanted)
        with self.page.expect_navigation():
            self.press("Enter")

    def write(self, wanted: str, text: str) -> None:
        """Reach a field and type."""
        self.reach(wanted)
        self.page.keyboard.type(text)
