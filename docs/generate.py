"""Write the generated blocks of README and documentation and the generated files, or say which of them have drifted.

Run `python -m docs.generate [--check]`. A block stands between `<!-- generated: NAME -->` and `<!-- end -->`; what
is written there by hand is lost.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Final

from docs import blocks, client_values, command_line, man_page, sbom

TREE: Final = Path(__file__).resolve().parent.parent
_BLOCK: Final = re.compile(r"(?P<open><!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<close><!-- end -->)", re.DOTALL)

BLOCKS: Final[Mapping[str, Callable[[], str]]] = {
    "settings": blocks.settings,
    "exit-codes": blocks.exit_codes,
    "item-states": blocks.item_states,
    "item-transitions": blocks.item_transitions,
    "case-states": blocks.case_states,
    "case-transitions": blocks.case_transitions,
    "void-reasons": blocks.void_reasons,
    "register-columns": blocks.register_columns,
    "verification-report": blocks.verification_report,
    "verification-words": blocks.verification_words,
    "demo-summary": blocks.demo_summary,
    "demo-story-en": partial(blocks.demo_story, "en"),
    "demo-story-vi": partial(blocks.demo_story, "vi"),
    "demo-story-fr": partial(blocks.demo_story, "fr"),
    "specimens": blocks.specimens,
    "problem-codes": blocks.problem_codes,
    "webhook-events": blocks.webhook_events,
    "intake-codes": blocks.intake_codes,
    "intake-limits": blocks.intake_limits,
    "quality-policy": blocks.quality_policy,
    "refusal-reasons": blocks.refusal_reasons,
    "short-help": command_line.short_help,
    "whole-help": command_line.whole_help,
    "where-commands-act": command_line.where_commands_act,
}


class UnknownBlock(Exception):
    """A page asks for a block that nobody generates."""


def pages() -> tuple[Path, ...]:
    """Every page a reader may open: the papers at the top, and all documentation."""
    top = sorted(TREE.glob("*.md"))
    return (*top, *sorted((TREE / "docs").rglob("*.md")), *sorted((TREE / "benchmarks").glob("*.md")))


def filled(text: str, *, page: str) -> str:
    """Give the text of a page with every block as the code says it today.

    Raises:
        UnknownBlock: the page names a block that is not in `BLOCKS`.
    """

    def write(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in BLOCKS:
            raise UnknownBlock(f"{page} asks for the block {name}; there are: {', '.join(BLOCKS)}")
        return f"{found['open']}\n{BLOCKS[name]()}\n\n{found['close']}"

    return _BLOCK.sub(write, text)


def drifted() -> tuple[str, ...]:
    """Name the pages whose blocks are not what the code says."""
    found = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if filled(text, page=page.name) != text:
            found.append(page.relative_to(TREE).as_posix())
    for path, text in whole_files().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            found.append(path.relative_to(TREE).as_posix())
    return tuple(found)


@cache
def whole_files() -> Mapping[Path, str]:
    """The files that are written as a whole: the man page, the bill of materials, and the values of the Python client."""
    values = TREE / "api" / "client" / "values"
    written = {values / f"{module}.py": text for module, text in client_values.client_values().items()}
    reference = TREE / "docs" / "reference"
    return written | {reference / "vidimus.1": man_page.man_page(), reference / "sbom.cdx.json": sbom.sbom()}


def main(arguments: Sequence[str]) -> int:
    """Write every page, or with `--check` name the pages that have drifted and end with 1."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m docs.generate [--check]\n")
        return 2
    found = drifted()
    for name in found:
        sys.stderr.write(f"{name}\n")
    if arguments:
        return 1 if found else 0
    for name in found:
        page = TREE / name
        whole = whole_files().get(page)
        text = filled(page.read_text(encoding="utf-8"), page=page.name) if whole is None else whole
        page.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
