"""The commands that act at their own machine only, each with why; `--server` with one of them is refused by these words."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Why(Enum):
    """What keeps a command where it is, as the rest of a sentence."""

    FILES = "works on files of the machine it is run on and asks no office"
    PROCESS = "starts a process of the machine it is run on"
    OPERATOR = "is the operator's work: whoever does it has the machine's account and not a role in an office"
    KEYS = "handles key material, which never travels: run it where the key lies"
    ANCHORS = (
        "decides whom every verdict of the house believes: whoever does it has the machine's account and its files"
    )
    POST = "is the post of the whole house, of all agencies together: whoever does it has the machine's account"
    SERVES = "is what a house that serves does by itself: run it where none serves"
    WHOLE = "works on a whole holding with the files beside it: whoever does it moves an office or its archive"
    NAMES = "tells whose vault it is by an id that no door of a server tells"


HERE_ONLY: Final = {
    "seal": Why.KEYS,
    "extend": Why.FILES,
    "ocr": Why.FILES,
    "quality": Why.FILES,
    "sign": Why.KEYS,
    "token-agent": Why.PROCESS,
    "serve": Why.PROCESS,
    "worker": Why.PROCESS,
    "demo": Why.PROCESS,
    "doctor": Why.OPERATOR,
    "db": Why.OPERATOR,
    "dossier check-package": Why.FILES,
    "key csr": Why.KEYS,
    "key install": Why.KEYS,
    "key import": Why.KEYS,
    "key renew": Why.KEYS,
    "key link": Why.KEYS,
    "key compromise": Why.OPERATOR,
    "key counts": Why.OPERATOR,
    "key fault": Why.OPERATOR,
    "renew run": Why.SERVES,
    "agency picture": Why.FILES,
    "agency archive": Why.WHOLE,
    "vault holder": Why.NAMES,
    "vault import": Why.WHOLE,
    "vault move-in": Why.WHOLE,
    "notice list": Why.POST,
    "notice replay": Why.POST,
    "notice send": Why.POST,
    "audit publish": Why.OPERATOR,
    "audit check": Why.FILES,
    "audit verify": Why.FILES,
    "audit check-bundle": Why.FILES,
    "trust import": Why.ANCHORS,
    "trust drop": Why.ANCHORS,
}
"""By the words after `vidimus`; a group stands for all its commands."""


def why_here_only(words: list[str]) -> Why | None:
    """Why the command of these words acts at its own machine only; None for one that acts elsewhere too."""
    return next((HERE_ONLY[" ".join(words[:count])] for count in (1, 2) if " ".join(words[:count]) in HERE_ONLY), None)
