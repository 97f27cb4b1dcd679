"""axe-core looks at a page of a test. The debugger evaluates it, so the policy of our pages stays as strict as it is."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

# `preload` would fetch style sheets, which a page that may connect to nothing complains about.
# Every rule that axe-core runs by itself: WCAG 2.0 to 2.2, A and AA, and its best practices. Contrast is by far the dearest.
_LOOK = """
async (contrast) => {
  const rules = {"color-contrast": {enabled: contrast}};
  const found = await axe.run(document, {resultTypes: ["violations"], rules, preload: false});
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}
"""


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, *, contrast: bool = False) -> list[str]:
    """What axe-core finds wrong with the page as it is shown now: rule and places, one line a rule.

    With `contrast` the colours are judged, too; whole matrices do that.
    """
    page.evaluate(_axe())
    found: list[str] = page.evaluate(_LOOK, contrast)
    return found
