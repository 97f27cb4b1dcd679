"""A client for programs that use a Vidimus elsewhere. It imports nothing of the service.

from api.client import Vidimus, token_from

with Vidimus("https://chung-thuc.example", token=token_from(Path("token"))) as vidimus:
    copy = vidimus.public.look_up("K7PM-3QWX-9DHT-5")
"""

from __future__ import annotations

from api.client.answers import Received, Versioned
from api.client.problems import AnswerUnreadable, OperationFailed, Refused, TookTooLong, Unreachable, VidimusError
from api.client.vidimus import Vidimus, token_from
from api.client.wire import Patience, Upload, new_key

__all__ = [
    "AnswerUnreadable",
    "OperationFailed",
    "Patience",
    "Received",
    "Refused",
    "TookTooLong",
    "Unreachable",
    "Upload",
    "Versioned",
    "Vidimus",
    "VidimusError",
    "new_key",
    "token_from",
]
