"""Only licences that an administration may build on come into the process."""

from __future__ import annotations

import hashlib
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
ALLOWED = re.compile(
    r"MIT|BSD|Apache|ISC|OFL|MPL|PSF|Python-2|Python Software Foundation|HPND|CMU|Unlicense|0BSD|Zlib|CC0|Public Domain",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
LESSER = re.compile(r"LGPL|Lesser General", re.IGNORECASE)
# LGPL is allowed as an unmodified separate package that a user may replace (DESIGN §3).
LESSER_PACKAGES = {"psycopg", "psycopg-binary"}
# These declare nothing that can be read by machine; what their LICENSE file says was read by a person.
READ_BY_HAND: dict[str, str] = {}


def locked_names() -> list[str]:
    """What the lock names for this platform; a name with a marker may be for another."""
    text = (TREE / "requirements.lock").read_text(encoding="utf-8")
    rows = re.findall(r"^([a-z0-9][a-z0-9_.-]*)==[^\s;]+(\s*;[^\\\n]*)?", text, re.MULTILINE)
    return sorted({name for name, marker in rows if not marker or is_installed(name)})


def is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def declared_licence(name: str) -> str:
    meta = distribution(name).metadata
    classifiers = " ".join(c for c in meta.get_all("Classifier") or [] if c.startswith("License"))
    expression, words = ("".join((meta.get_all(field) or [])[:1]) for field in ("License-Expression", "License"))
    return f"{expression} {words[:200]} {classifiers}".strip()


@pytest.mark.parametrize("name", locked_names())
def test_a_locked_package_has_a_licence_from_the_list(name: str) -> None:
    licence = READ_BY_HAND.get(name) or declared_licence(name)
    if name in LESSER_PACKAGES:
        assert LESSER.search(licence)
        return
    assert not LESSER.search(licence), f"{name}: {licence}"
    assert not FORBIDDEN.search(licence), f"{name}: {licence}"
    assert ALLOWED.search(licence), (
        f"{name} declares {licence!r}: read its licence, then list it in READ_BY_HAND or drop it"
    )


# What we write ourselves is shorter; a longer script came from somebody else.
_OUR_LONGEST_SCRIPT_BYTES = 20_000


def test_a_script_of_others_stands_in_the_notice_with_its_digest() -> None:
    notice = (TREE / "NOTICE").read_text(encoding="utf-8")
    folder = TREE / "api" / "pages" / "static"
    named = dict(re.findall(r"api/pages/static/([\w.-]+) \(sha256 ([0-9a-f]{64})\)", notice))
    scripts = {path.name: path.read_bytes() for path in folder.glob("*.js")}
    assert {name: hashlib.sha256(scripts[name]).hexdigest() for name in named} == named
    assert {name for name, content in scripts.items() if len(content) > _OUR_LONGEST_SCRIPT_BYTES} == set(named)
