"""Take the pictures of the documentation: pages with invented content, as the browser shows them.

Run `python -m tests.pictures [FOLDER]` (or `make pictures`). The page of a paper on them is a printed and scanned specimen. A
picture has at most 256 colours, so that none is heavier than `MOST_BYTES`.
"""

from __future__ import annotations

import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import segno
from PIL import Image
from playwright.sync_api import Browser, Route, sync_playwright

from api.access import Role
from api.messages import Messages, load_messages
from api.pages import assets
from api.pages.render import Frame, Renderer, make_renderer
from api.pages.views import Say
from samples.generate import specimen_named, write_specimen
from tests.browser.conftest import ARGUMENTS
from tests.page_office import AT
from tests.page_samples import samples
from tests.visitors import DESK, PHONE

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "img"
MOST_BYTES: Final = 150_000
_HERE: Final = "http://127.0.0.1:9/"
_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@dataclass(frozen=True)
class Picture:
    """One picture: its name, the sample that fills the page, and what stands at its top."""

    name: str
    sample: str
    language: str = "en"
    width: int = DESK
    scroll_to: str = ""


PICTURES: Final = (
    *(Picture(f"verify-{language}", "verdict_valid", language) for language in ("vi", "en", "fr")),
    Picture("verify-phone", "code_known", width=PHONE),
    Picture("kiosk", "kiosk_found"),
    Picture("wallet", "vault"),
    Picture("wallet-paper", "record"),
    Picture("wallet-life", "record", scroll_to=".lanes"),
    Picture("wallet-share", "share_made"),
    Picture("share-result", "share_result"),
    Picture("wallet-procedure", "procedure"),
    Picture("wallet-history", "history"),
    Picture("clerk-case", "case_new"),
    Picture("clerk-queue", "queue"),
    Picture("clerk-received", "received_one"),
    Picture("officer-approve", "item_approve", scroll_to="#act"),
    Picture("officer-register", "register"),
    Picture("admin-figures", "figures"),
    Picture("admin-retention", "retention"),
)


class Studio:
    """A browser before which every page is put, and the page of a paper that stands on them."""

    def __init__(self, browser: Browser, *, paper: bytes) -> None:
        self._browser = browser
        self._paper = paper
        self._files = assets.read_assets()
        self._messages: Messages = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))
        self._renderer: Renderer = make_renderer(self._messages, assets=self._files)

    def take(self, wanted: Picture) -> bytes:
        """Show a page and take its picture."""
        say = Say(self._messages, wanted.language)
        sample = next(one for one in samples(say) if one.name == wanted.sample)
        frame = Frame(
            wanted.language,
            sample.address,
            AT,
            specimen=True,
            door=sample.door,
            csrf="x",
            current=sample.current,
            roles=frozenset({Role.CITIZEN, Role.COUNTER_CLERK, Role.CERTIFIER}),
        )
        body = self._renderer.render(sample.template, frame, **sample.values)
        height = 820 if wanted.width == DESK else 740
        context = self._browser.new_context(viewport={"width": wanted.width, "height": height})
        window = context.new_page()

        def answer(route: Route) -> None:
            path = route.request.url.removeprefix(_HERE).partition("?")[0]
            name = path.removeprefix("static/")
            if path == "":
                route.fulfill(body=body, content_type="text/html; charset=utf-8")
            elif name in self._files:
                route.fulfill(body=self._files[name], content_type=_TYPES[name.rpartition(".")[2]])
            elif path.endswith("/qr.svg"):
                drawn = io.BytesIO()
                segno.make(_HERE + path).save(drawn, kind="svg", scale=4)
                route.fulfill(body=drawn.getvalue(), content_type="image/svg+xml")
            elif path.endswith((".png", ".jpg")):
                route.fulfill(body=self._paper, content_type="image/jpeg")
            else:
                route.abort()

        window.route("**/*", answer)
        window.goto(_HERE, wait_until="load")
        if wanted.scroll_to:
            window.locator(wanted.scroll_to).first.evaluate("one => one.scrollIntoView({block: 'start'})")
            window.wait_for_load_state("networkidle")
        taken = window.screenshot()
        context.close()
        return taken


def lightened(png: bytes) -> bytes:
    """Give the same picture with fewer colours, until it is light enough."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    content = png
    for colours in (256, 128, 64, 32):
        out = io.BytesIO()
        picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            out, "PNG", optimize=True
        )
        content = out.getvalue()
        if len(content) <= MOST_BYTES:
            break
    return content


def specimen_page() -> bytes:
    """The scan of a specimen, small enough for a page on a page."""
    with tempfile.TemporaryDirectory(prefix="vidimus-pictures-") as folder:
        scan = write_specimen(specimen_named("birth-certificate"), folder=Path(folder)).file
        out = io.BytesIO()
        Image.open(scan).convert("RGB").resize((827, 1169)).save(out, "JPEG", quality=80)
        return out.getvalue()


def take_pictures(folder: Path) -> None:
    """Take every picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        studio = Studio(browser, paper=specimen_page())
        for one in PICTURES:
            path = folder / f"{one.name}.png"
            path.write_bytes(lightened(studio.take(one)))
            print(f"{path.stat().st_size:7} {path.name}", flush=True)
        browser.close()


if __name__ == "__main__":
    take_pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
