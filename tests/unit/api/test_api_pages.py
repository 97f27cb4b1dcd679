"""The pages as text: words in three languages, nothing inline, every label bound, every verdict told by more than colour."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.access import Role
from api.messages import LANGUAGES, Messages, load_messages
from api.pages import assets
from api.pages.citizen_view import history_rows
from api.pages.render import Frame, Renderer, make_renderer
from api.pages.staff_view import Phase
from api.pages.views import Say, Tone
from certify import ItemState, load_law
from dossiers import OutcomeKind, Step
from ocr import QualityCode
from ocr.errors import IntakeCode
from tests.page_desk import Sample
from tests.page_office import AT, codes, items, verdicts
from tests.page_samples import samples
from tests.page_vault import history
from vault import AccessAction, AccessOutcome, ActorKind, Elaboration, RecordStatus, Shelf

TEMPLATES = Path(__file__).resolve().parents[3] / "api" / "pages" / "templates"
MESSAGES = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))
SAMPLES = {language: {one.name: one for one in samples(Say(MESSAGES, language))} for language in LANGUAGES}
NAMES = list(SAMPLES["vi"])
VOID_ELEMENTS = {"meta", "link", "input", "img", "br", "hr", "rect", "path", "circle"}


@pytest.fixture(scope="module")
def messages() -> Messages:
    return MESSAGES


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return make_renderer(MESSAGES, assets=assets.read_assets())


def sample_of(name: str, language: str) -> Sample:
    return SAMPLES[language][name]


def rendered(renderer: Renderer, sample: Sample, language: str) -> str:
    frame = Frame(
        language,
        sample.address,
        AT,
        specimen=True,
        door=sample.door,
        csrf="csrf-of-session",
        current=sample.current,
        roles=frozenset(Role),
    )
    return renderer.render(sample.template, frame, **sample.values)


class Outline(HTMLParser):
    """What a reader with another sense than sight is given."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.fields: list[dict[str, str]] = []
        self.forms: list[dict[str, str]] = []
        self.csrf_in_form: list[bool] = []
        self.headings: list[int] = []
        self.images_without_text: list[str] = []
        self.attributes: set[str] = set()
        self.open_elements: list[str] = []
        self.label_depth = 0
        self.described: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.attributes |= set(values)
        if "id" in values:
            self.ids[values["id"]] += 1
        self.described |= set(values.get("aria-describedby", "").split()) | set(
            values.get("aria-labelledby", "").split()
        )
        if tag == "label" and "for" in values:
            self.labelled.add(values["for"])
        if tag in {"input", "select", "textarea"} and values.get("type") != "hidden":
            self.fields.append(values | {"in_label": "yes" if "label" in self.open_elements else ""})
        if tag == "form":
            self.forms.append(values)
            self.csrf_in_form.append(False)
        if tag == "input" and values.get("name") == "csrf_token":
            self.csrf_in_form[-1] = True
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img" and not values.get("alt"):
            self.images_without_text.append(values.get("src", ""))
        if tag not in VOID_ELEMENTS:
            self.open_elements.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID_ELEMENTS:
            assert self.open_elements.pop() == tag, f"</{tag}> closes nothing"


def outline_of(html: str) -> Outline:
    outline = Outline()
    outline.feed(html)
    outline.close()
    return outline


def test_every_template_is_looked_at_with_content() -> None:
    shown = {one.template for one in SAMPLES["vi"].values()}
    pages = {path.name for path in TEMPLATES.glob("*.html") if not path.name.startswith("_")}
    assert pages - shown == {"base.html"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_in_every_language(renderer: Renderer, name: str, language: str) -> None:
    html = rendered(renderer, sample_of(name, language), language)
    outline = outline_of(html)
    assert f'<html lang="{language}">' in html
    assert outline.open_elements == []
    assert [one for one, count in outline.ids.items() if count > 1] == []
    assert outline.headings.count(1) == 1, outline.headings
    assert outline.images_without_text == []
    assert outline.described <= set(outline.ids)
    for field in outline.fields:
        assert field["in_label"] or field.get("id") in outline.labelled, field


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_nothing_inline_and_nothing_from_elsewhere(renderer: Renderer, name: str) -> None:
    html = rendered(renderer, sample_of(name, "vi"), "vi")
    outline = outline_of(html)
    assert "style" not in outline.attributes
    assert not {one for one in outline.attributes if one.startswith("on")}
    assert "<style" not in html
    assert not re.search(r"<script(?! src=\"/static/)", html)
    # A link that a person follows, as to a payment gateway, loads nothing and tells nobody where it was followed.
    loaded = re.sub(r'<a href="https://[^"]+" rel="noopener noreferrer">', "<a>", html)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', loaded)


@pytest.mark.parametrize("name", NAMES)
def test_a_form_behind_a_lock_carries_the_secret_of_its_session(renderer: Renderer, name: str) -> None:
    sample = sample_of(name, "vi")
    outline = outline_of(rendered(renderer, sample, "vi"))
    for form, has_secret in zip(outline.forms, outline.csrf_in_form, strict=True):
        if form.get("method") == "post":
            assert has_secret is (sample.door is not None), form


@pytest.mark.parametrize("name", NAMES)
def test_a_specimen_says_so_on_every_page(renderer: Renderer, name: str) -> None:
    assert "MẪU – SPECIMEN · không dùng thật" in rendered(renderer, sample_of(name, "vi"), "vi")


def test_titles_tell_the_pages_apart(renderer: Renderer) -> None:
    titles: dict[str, set[str]] = {}
    for sample in SAMPLES["vi"].values():
        title = re.findall("<title>(.*?)</title>", rendered(renderer, sample, "vi"))[0]
        titles.setdefault(title, set()).add(sample.template)
    assert {title: where for title, where in titles.items() if len(where) > 1} == {}


def test_a_template_holds_no_words_of_its_own(messages: Messages) -> None:
    for path in sorted(TEMPLATES.glob("*.html")):
        text = path.read_text(encoding="utf-8")
        for key in re.findall(r"""\bt\(\s*["']([a-z_A-Z.]+)["']\s*[,)]""", text):
            assert messages.has(key), f"{path.name}: {key}"
        bare = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<svg.*?</svg>|<[^>]*>", " ", text, flags=re.DOTALL)
        assert set(re.findall(r"[^\W\d_]{3,}", bare)) <= {"Vidimus"}, path.name


@pytest.mark.parametrize(
    ("family", "words"),
    [
        ("page.state", ItemState),
        ("page.phase", Phase),
        ("page.todo", Phase),
        ("page.shelf", Shelf),
        ("page.elaboration", Elaboration),
        ("page.record", RecordStatus),
        ("page.action", AccessAction),
        ("page.actor", ActorKind),
        ("page.access", AccessOutcome),
        ("page.match", OutcomeKind),
        ("page.step", Step),
        ("page.quality", QualityCode),
        ("reason", IntakeCode),
    ],
)
def test_every_code_a_page_shows_has_words(messages: Messages, family: str, words: type) -> None:
    missing = [code.value for code in words if not messages.has(f"{family}.{code.value}")]  # type: ignore[attr-defined]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bad_or_unknown_answer_is_never_green(language: str) -> None:
    views = verdicts(Say(MESSAGES, language))
    assert {name: view.tone for name, view in views.items()} == {
        "valid": Tone.GOOD,
        "warning": Tone.WARN,
        "superseded": Tone.WARN,
        "annulled": Tone.BAD,
        "invalid": Tone.BAD,
        "unknown": Tone.WARN,
        "unsigned": Tone.NONE,
        "malformed": Tone.NONE,
    }


def test_a_changed_file_that_claims_a_code_in_force_shows_no_green_answer() -> None:
    changed = verdicts(Say(MESSAGES, "vi"))["invalid"]
    assert Tone.GOOD not in {row.tone for row in changed.answers}


def test_a_strangers_signature_shows_no_green_answer() -> None:
    stranger = verdicts(Say(MESSAGES, "vi"))["unknown"]
    assert Tone.GOOD not in {row.tone for row in stranger.answers}


def test_an_annulled_copy_says_annulled_though_its_bytes_are_intact() -> None:
    annulled = verdicts(Say(MESSAGES, "vi"))["annulled"]
    assert [row.tone for row in annulled.answers] == [Tone.GOOD, Tone.GOOD, Tone.BAD]
    assert "hủy bỏ" in annulled.sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_screen_speaks_no_cryptography(renderer: Renderer, language: str) -> None:
    for name in (one for one in NAMES if one.startswith("verdict_")):
        html = rendered(renderer, sample_of(name, language), language)
        first = html.split("<details>")[0]
        assert not re.search(r"INDETERMINATE|PAdES|OCSP|CRL|TOTAL_|hash", re.sub("<[^>]*>", " ", first)), name


def test_a_code_alone_names_nobody(renderer: Renderer) -> None:
    for name in (one for one in NAMES if one.startswith("code_")):
        assert "Hoài An" not in rendered(renderer, sample_of(name, "vi"), "vi")
    assert codes(Say(MESSAGES, "vi"))["unknown"].answers == ()


def test_an_unknown_code_of_a_remark_is_shown_as_it_is() -> None:
    assert Say(MESSAGES, "vi").word("page.remark", "SOMETHING_NEW") == "SOMETHING_NEW"


def test_nothing_is_ticked_for_the_officer_or_the_holder(renderer: Renderer) -> None:
    for name in ("item_compare", "item_approve"):
        assert not re.search(r'type="checkbox"[^>]*checked', rendered(renderer, sample_of(name, "vi"), "vi"))
    procedure = rendered(renderer, sample_of("procedure", "vi"), "vi")
    assert not re.search(r'name="consent"[^>]*checked', procedure)


def test_a_refused_scan_cannot_be_compared_and_says_how_to_scan() -> None:
    view = items(Say(MESSAGES, "vi"), load_law("vn"))["blurred"]
    assert view.quality.may_certify is False
    assert "quét lại" in view.quality.reasons[0]


def test_doubtful_words_are_counted_over_all_pages_and_each_has_its_own_box() -> None:
    leaves = items(Say(MESSAGES, "vi"), load_law("vn"))["compare"].leaves
    words = [token.number for leaf in leaves for line in leaf.lines for token in line if token.doubt]
    assert len(leaves) == 2
    assert words == list(range(1, sum(leaf.doubts for leaf in leaves) + 1))
    assert len(words) >= 2
    for leaf in leaves:
        boxes = [box.number for box in leaf.boxes if box.level == "doubt"]
        assert boxes == [token.number for line in leaf.lines for token in line if token.doubt]
        assert {box.number for box in leaf.boxes if box.level == "unsure"} <= {0}


def test_the_bytes_to_approve_are_shown_only_while_they_wait_for_approval() -> None:
    law = load_law("vn")
    page = items(Say(MESSAGES, "vi"), law)
    assert len(page["approve"].ready_images) == 2
    assert page["done"].ready_images == ()


def test_the_history_tells_refusals_apart() -> None:
    rows = history_rows(history(), {}, Say(MESSAGES, "vi"), agencies={})
    assert [row.word.tone for row in rows][:2] == [Tone.NONE, Tone.WARN]


def test_a_sentence_has_at_most_twenty_five_words() -> None:
    """Vietnamese syllables are written apart, so its limit counts more of them."""
    for language, most in (("vi", 40), ("en", 27), ("fr", 30)):
        for name, view in verdicts(Say(MESSAGES, language)).items():
            assert len(view.sentence.split()) <= most, (language, name, view.sentence)
