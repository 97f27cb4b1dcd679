"""Every reason a verdict can carry has a sentence for its reader, in each language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import signing.verify
from api.authority import Authority
from api.messages import LANGUAGES, keep_marks, load_messages
from api.verdict import MOST_WORDS
from signing.verify import SubIndication

MESSAGES = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))
SOURCE = Path(signing.verify.__file__).parent
# Words of the same shape that are no reasons: what is said of a signature's place, level, kind and indication.
OTHER_WORDS = {
    "CONTENT_TIMESTAMP",
    "DOCUMENT_TIMESTAMP",
    "ENTIRE_FILE",
    "ENTIRE_REVISION",
    "FORM_FILL",
    "LTA_UPDATE",
    "NOT_BASELINE",
    "NO_SIGNATURE",
    "SIGNATURE_TIMESTAMP",
    "TOTAL_FAILED",
    "TOTAL_PASSED",
    "VALID_WITH_WARNING",
}


_CODE = re.compile(r"[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+")


def codes_in(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value):
                yield node.value


CODES = sorted(
    ({*codes_in(SOURCE), *(one.value for one in SubIndication), "SYNTAX"} - OTHER_WORDS)
    | {f"AUTHORITY_{one.value}" for one in Authority if one not in {Authority.NOT_ASKED, Authority.AUTHORISED}}
    | {"SPECIMEN", "UNKNOWN_RENDITION", "TRUST_LIST_STALE", "STATUS_LIST_STALE"}
)


def test_there_are_as_many_reasons_as_the_judge_knows() -> None:
    assert len(CODES) > 90
    assert {"HASH_FAILURE", "MODIFIED_AFTER_SIGNING", "SIGNATURE_WRAPPED", "XREF_LOOP"} <= set(CODES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_a_short_sentence(language: str) -> None:
    for code in CODES:
        assert MESSAGES.has(f"page.remark.{code}"), f"{code} has no words yet; add them to messages/remarks.yaml"
        text = MESSAGES.text(f"page.remark.{code}", language)
        assert len(text.split()) <= MOST_WORDS, code
        assert text.endswith("."), code
        assert code not in text


def test_french_marks_stay_on_the_line_of_their_words() -> None:
    assert keep_marks("Non valide : « oui » ?", "fr") == "Non valide\u00a0: «\u00a0oui\u00a0»\u00a0?"
    assert keep_marks("As it is : so", "en") == "As it is : so"
