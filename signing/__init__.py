"""Sign and seal PDF files by PAdES, and make the signatures outlive their certificates; `signing.verify` judges them."""

from __future__ import annotations

from signing.appearance import Align, Mark, MarkStyle, measure_mark
from signing.clock_watch import ClockWatch
from signing.deferred import (
    DEFERRED_LIFETIME,
    DeferredSignature,
    DeferredState,
    complete_deferred,
    prepare_deferred,
)
from signing.errors import (
    ChainIncomplete,
    ClockJumped,
    DeferredError,
    DeferredExpired,
    DeferredMismatch,
    DeferredStateUnreadable,
    FieldAlreadySigned,
    FieldExists,
    FieldMissing,
    FieldUnusable,
    LevelUnreachable,
    MarkUnusable,
    NoFreeSpace,
    NoSignatureToExtend,
    NotAPdf,
    PdfaOne,
    PdfEncrypted,
    PdfHybrid,
    PdfUnusable,
    ServiceNotConfigured,
    SignatureMismatch,
    SignatureTooLarge,
    SigningError,
    SigningForbidden,
)
from signing.extend import extend, extend_to_lta
from signing.files import SignedFile, extend_file, sign_file
from signing.levels import PadesLevel
from signing.looks import Look, LookPage, MarkWords, Zone, compose_mark, words_of
from signing.mark_fonts import MarkFaces
from signing.mark_picture import SealImage
from signing.placement import WhenFull, place_mark, placement_sandbox
from signing.protection import Protection, read_protection
from signing.request import SignedPdf, SigningServices, SignRequest
from signing.sign import (
    NewField,
    PreparedSignature,
    complete_signature,
    prepare_signature,
    sign_field,
    sign_new_field,
)

__all__ = [
    "DEFERRED_LIFETIME",
    "Align",
    "ChainIncomplete",
    "ClockJumped",
    "ClockWatch",
    "DeferredError",
    "DeferredExpired",
    "DeferredMismatch",
    "DeferredSignature",
    "DeferredState",
    "DeferredStateUnreadable",
    "FieldAlreadySigned",
    "FieldExists",
    "FieldMissing",
    "FieldUnusable",
    "LevelUnreachable",
    "Look",
    "LookPage",
    "Mark",
    "MarkFaces",
    "MarkStyle",
    "MarkUnusable",
    "MarkWords",
    "NewField",
    "NoFreeSpace",
    "NoSignatureToExtend",
    "NotAPdf",
    "PadesLevel",
    "PdfEncrypted",
    "PdfHybrid",
    "PdfUnusable",
    "PdfaOne",
    "PreparedSignature",
    "Protection",
    "SealImage",
    "ServiceNotConfigured",
    "SignRequest",
    "SignatureMismatch",
    "SignatureTooLarge",
    "SignedFile",
    "SignedPdf",
    "SigningError",
    "SigningForbidden",
    "SigningServices",
    "WhenFull",
    "Zone",
    "complete_deferred",
    "complete_signature",
    "compose_mark",
    "extend",
    "extend_file",
    "extend_to_lta",
    "measure_mark",
    "place_mark",
    "placement_sandbox",
    "prepare_deferred",
    "prepare_signature",
    "read_protection",
    "sign_field",
    "sign_file",
    "sign_new_field",
    "words_of",
]
