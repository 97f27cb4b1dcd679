"""The papers of the house: generated blocks are fresh, links lead somewhere, and the three READMEs say the same."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.messages import load_messages
from docs.generate import BLOCKS, TREE, UnknownBlock, drifted, filled, pages

PAGES = pages()
IDS = [page.relative_to(TREE).as_posix() for page in PAGES]
READMES = ("README.md", "README.vi.md", "README.fr.md")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# Places of one machine have no place in a paper for all.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home|tmp|Users|mnt)/")
WRITERS_TOOLS = re.compile(
    r"\b(?:AI|A\.I\.|LLMs?|Claude|Anthropic|GPT(?:-\w+)?|OpenAI|Copilot|Gemini|chatbot|trí tuệ nhân tạo)\b"
)


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchor(title: str) -> str:
    """How the host of the repository names a heading."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def test_generated_blocks_are_what_the_code_says_today() -> None:
    assert drifted() == (), "run .venv/bin/python -m docs.generate"


def test_every_block_is_used_on_a_page() -> None:
    used = {name for page in PAGES for name in re.findall(r"<!-- generated: ([a-z-]+) -->", read(page))}
    assert used == set(BLOCKS)


def test_stale_block_is_found_and_an_unknown_one_is_named() -> None:
    stale = "<!-- generated: void-reasons -->\n\nnothing\n\n<!-- end -->"
    assert filled(stale, page="a page") != stale
    with pytest.raises(UnknownBlock, match="no-such-block"):
        filled("<!-- generated: no-such-block -->\n<!-- end -->", page="a page")


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_block_is_closed(page: Path) -> None:
    assert read(page).count("<!-- generated:") == read(page).count("<!-- end -->")


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_link_inside_the_tree_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", read(page))):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, fragment = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.is_relative_to(TREE), f"{target} leads out of the tree"
        assert place.exists(), f"{target} leads nowhere"
        if fragment:
            assert fragment in {anchor(title) for _, title in HEADING.findall(read(place))}, f"{target} has no heading"


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_no_page_names_a_place_of_one_machine_or_the_tools_of_its_writer(page: Path) -> None:
    text = read(page)
    assert MACHINE_PATH.search(text) is None
    assert WRITERS_TOOLS.search(text) is None


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_certified_is_never_called_notarised(page: Path) -> None:
    assert "bản sao công chứng" not in read(page).lower()


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_page_begins_with_its_title(page: Path) -> None:
    assert read(page).startswith("# ")


def test_three_readmes_have_the_same_sections_blocks_and_links() -> None:
    shapes = []
    for name in READMES:
        text = FENCE.sub("", read(TREE / name))
        # A picture of a page is there in each language.
        links = [re.sub(r"-(en|vi|fr)\.png$", ".png", link) for link in LINK.findall(text) if link not in READMES]
        blocks = [re.sub("-(en|vi|fr)$", "", one) for one in re.findall(r"generated: ([a-z-]+)", text)]
        commands = re.findall(r"^    \S.*$", text, re.MULTILINE)
        shapes.append(([len(level) for level, _ in HEADING.findall(text)], blocks, links, commands))
    assert shapes[0] == shapes[1] == shapes[2]


def test_each_readme_leads_to_the_other_two() -> None:
    for name in READMES:
        assert {link for link in LINK.findall(read(TREE / name)) if link in READMES} == set(READMES) - {name}


def test_index_leads_to_every_page_of_the_documentation() -> None:
    folder = TREE / "docs"
    listed = {(folder / link.partition("#")[0]).resolve() for link in LINK.findall(read(folder / "README.md"))}
    assert {page for page in PAGES if page.is_relative_to(folder)} - listed == {folder / "README.md"}


def test_decision_says_context_options_decision_and_cost() -> None:
    decisions = sorted((TREE / "docs" / "adr").glob("*.md"))
    # Numbers are given out in blocks to work that lands side by side: unique, ascending, and none before the first.
    numbers = [int(page.name[:4]) for page in decisions]
    assert numbers[0] == 1
    assert numbers == sorted(set(numbers))
    for page in decisions:
        assert [title for level, title in HEADING.findall(read(page)) if level == "##"] == [
            "Context",
            "Options",
            "Decision",
            "Cost",
        ], page.name


def test_threat_model_names_tests_that_exist() -> None:
    written = {
        name
        for path in (TREE / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", read(path), re.MULTILINE)
    }
    rows = [line for line in read(TREE / "docs" / "threat-model.md").splitlines() if "`test_" in line]
    named = {name for row in rows for name in re.findall(r"`(test_\w+)`", row)}
    assert len(rows) >= 20
    assert named - written == set()
    # The list of what a yardstick asks for names tests in the same way.
    yardstick = set(re.findall(r"`(test_\w+)`", read(TREE / "docs" / "asvs.md")))
    assert len(yardstick) >= 30
    assert yardstick - written == set()


@pytest.mark.parametrize("page", sorted((TREE / "docs" / "tutorial").glob("*.md")), ids=lambda page: page.stem)
def test_tutorial_names_what_the_pages_really_say(page: Path) -> None:
    labels = re.findall(r"\*\*([^*]+)\*\*", read(page))
    said = {sentence["en"] for sentence in load_messages(ZoneInfo("UTC")).sentences.values()}
    assert labels
    assert [label for label in labels if label not in said] == []


def test_there_is_a_tutorial_for_each_person() -> None:
    persons = {"administrator", "citizen", "clerk", "officer", "verifier"}
    assert persons <= {page.stem for page in (TREE / "docs" / "tutorial").glob("*.md")}


def test_pictures_are_light_and_each_is_shown_somewhere() -> None:
    pictures = sorted((TREE / "docs" / "img").glob("*.png"))
    assert {one.name: one.stat().st_size for one in pictures if one.stat().st_size > 150_000} == {}
    shown = "".join(read(page) for page in PAGES)
    assert [one.name for one in pictures if f"img/{one.name}" not in shown] == []


def test_changelog_has_an_unreleased_part() -> None:
    assert "## [Unreleased]" in read(TREE / "CHANGELOG.md")


def test_every_test_that_a_promise_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", read(TREE / "docs" / "explanation" / "promises.md")))
    written = {
        name
        for path in (TREE / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 30
    assert named <= written, sorted(named - written)
