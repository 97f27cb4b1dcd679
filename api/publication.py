"""The signed static site: whoever has it, or reaches it, checks copies while the office is shut.

Layout: a page in three languages with its script and style, what lets a browser keep it, `data.js`, `status/*.js`, `trust-bundle.json`, the published log, and
`manifest.json` with the digest of every other file, signed by the manifest key (`manifest.sig`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, StrictUndefined

from api.acts.trust import export_bundle
from api.errors import RequestInvalid
from api.folder_swap import alone_with, take_place
from api.messages import LANGUAGES, Messages
from api.services import Services
from keys import Mode, TrustBundle
from vault import ListedStatus, list_statuses, open_store

SITE_FORMAT: Final = "vidimus-site-1"
MANIFEST, SIGNATURE, BUNDLE = "manifest.json", "manifest.sig", "trust-bundle.json"
MANIFEST_CONTEXT: Final = b"vidimus-site-1\0"
_ICON: Final = "icon.svg"
_PAGES: Final = {"vi": "index.html", "en": "en.html", "fr": "fr.html"}
_SALT_BYTES: Final = 16
_LOCK: Final = "publish.lock"
# Above this many entries the list is cut by the first two letters of the keys.
_ONE_SHARD: Final = 4096
_TEXTS: Final = "offline."


@dataclass(frozen=True, slots=True)
class PublishedSite:
    """What was written."""

    folder: Path
    issued_at: datetime
    next_update: datetime
    copies: int
    files: int


def publish_site(services: Services, target: Path, *, lives: timedelta) -> PublishedSite:
    """Write the site anew; readers find the old one or the new one, never half of each.

    Raises:
        RequestInvalid: the folder holds something that is no site of ours.
    """
    if target.exists() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise RequestInvalid(
            f"{target} holds something else than a published site; choose another folder", field="target"
        )
    with alone_with(services.home.folder / _LOCK) as is_alone:
        if not is_alone:
            raise RequestInvalid(f"{target} is being published by another process; try again", field="target")
        return _publish(services, target, lives=lives)


def _publish(services: Services, target: Path, *, lives: timedelta) -> PublishedSite:
    services.publish_log()
    at = services.clock.now()
    salt = services.random_bytes(_SALT_BYTES)
    bundle = export_bundle(services)
    with services.database.read() as tx:
        listed = list(list_statuses(tx, salt=salt, at=at))
    site = _Site(target.with_name(f".{target.name}.new"))
    shards = _write_status(site, listed)
    _write_pages(site, services.messages)
    _write_worker(site, shards, at=at)
    site.put(BUNDLE, _json(bundle.to_dict()))
    store = open_store(services.home.log / "certifications")
    for path in ("checkpoint", *store.list_paths("tile")):
        site.put(f"log/{path}", store.get(path))
    manifest = _json(
        {
            "format": SITE_FORMAT,
            "issued_at": at.isoformat(),
            "next_update": (at + lives).isoformat(),
            "specimen": services.is_specimen,
            "training": services.home.mode is Mode.TRAINING,
            "salt": salt.hex(),
            "shard_letters": 2 if len(listed) > _ONE_SHARD else 0,
            "status": shards,
            "files": dict(sorted(site.digests.items())),
        }
    )
    signature = services.manifest_key.sign(MANIFEST_CONTEXT + manifest)
    site.put(MANIFEST, manifest)
    site.put(SIGNATURE, base64.b64encode(signature) + b"\n")
    site.put("data.js", _data(bundle, manifest, signature))
    site.replace(target)
    return PublishedSite(target, at, at + lives, len(listed), len(site.digests))


class _Site:
    """A folder beside the target that takes its place when it is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.digests: dict[str, str] = {}
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)

    def put(self, path: str, content: bytes) -> None:
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        self.digests[path] = hashlib.sha256(content).hexdigest()

    def replace(self, target: Path) -> None:
        take_place(self._folder, target=target)


def _write_status(site: _Site, listed: list[ListedStatus]) -> dict[str, str]:
    """Write the list and give the digest of each shard's text, which the page checks before it reads it."""
    letters = 2 if len(listed) > _ONE_SHARD else 0
    by_shard: dict[str, dict[str, Any]] = {} if letters else {"all": {}}
    for one in listed:
        entry = {
            "s": one.register,
            "o": one.original,
            "a": one.agency_code,
            "d": one.certified_at.isoformat() if one.certified_at else None,
            "r": list(one.rendition_keys),
        }
        by_shard.setdefault(one.key[:letters] or "all", {})[one.key] = entry
    digests = {}
    for name, entries in sorted(by_shard.items()):
        text = json.dumps(entries, sort_keys=True, separators=(",", ":"))
        digests[name] = hashlib.sha256(text.encode()).hexdigest()
        # A page opened from a disk may load scripts beside it, and nothing else.
        site.put(f"status/{name}.js", f"vidimusStatus({json.dumps(name)}, {json.dumps(text)});\n".encode())
    return digests


def _write_pages(site: _Site, messages: Messages) -> None:
    source = files("api.offline")
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(source.joinpath("page.html").read_text(encoding="utf-8"))
    # The page's script fills the blanks itself, so the sentences go out with them.
    names = [key.removeprefix(_TEXTS) for key in messages.sentences if key.startswith(_TEXTS)]
    for language, name in _PAGES.items():
        texts = {word: messages.sentences[f"offline.{word}"][language] for word in names}
        others = [(other, _PAGES[other]) for other in LANGUAGES if other != language]
        site.put(name, template.render(t=texts, language=language, others=others).encode())
        site.put(f"texts-{language}.js", f"window.VIDIMUS_TEXTS = {_script_json(texts)};\n".encode())
    for name in ("verifier.js", "proof.js", "cms.js", "install.js", "verifier.css"):
        site.put(name, source.joinpath(name).read_bytes())
    site.put(_ICON, files("api.pages").joinpath("static", "favicon.svg").read_bytes())
    words = messages.sentences
    about = {
        "name": f"Vidimus – {words['offline.title']['vi']}",
        "short_name": words["offline.short_name"]["vi"],
        "lang": "vi",
        "start_url": _PAGES["vi"],
        "display": "standalone",
        "background_color": "#f7f5ef",
        "theme_color": "#1d4457",
        "icons": [{"src": _ICON, "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    site.put("site.webmanifest", _json(about))


def _write_worker(site: _Site, shards: Mapping[str, str], *, at: datetime) -> None:
    """Write the worker that keeps the page on a machine: it names the files that an answer needs, and no others."""
    needed = [path for path in site.digests if "/" not in path and path != "site.webmanifest"]
    needed += ["data.js", *(f"status/{name}.js" for name in shards)]
    text = files("api.offline").joinpath("worker.js").read_text(encoding="utf-8")
    text = text.replace("{issued}", at.isoformat()).replace("{files}", json.dumps(sorted(needed)))
    site.put("worker.js", text.encode())


def _data(bundle: TrustBundle, manifest: bytes, signature: bytes) -> bytes:
    anchors = bundle.anchors
    whole = {
        "manifest": manifest.decode(),
        "signature": base64.b64encode(signature).decode(),
        "manifest_key": base64.b64encode(bundle.manifest_key_raw).decode(),
        "log": {"origin": bundle.log_origin, "key": base64.b64encode(bundle.log_key_raw).decode()},
        "agencies": {code: dict(names) for code, names in bundle.agencies.items()},
        "verify_url": bundle.verify_url,
        "certificates": [base64.b64encode(der).decode() for der in (*anchors.roots_der, *anchors.intermediates_der)],
    }
    return f"window.VIDIMUS_DATA = {_script_json(whole)};\n".encode()


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _script_json(value: Mapping[str, Any]) -> str:
    # Plain ASCII: no separator of lines or end of a script element can stand in it.
    return json.dumps(value).replace("<", "\\u003c")
