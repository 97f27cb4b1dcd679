"""Sign and seal PDF files by PAdES, and make the signatures outlive their certificates; `signing.verify` judges them."""

from __future__ import annotations

from signing.appearance import Mark, MarkFaces
from signing.errors import (
    ChainIncomplete,
    FieldAlreadySigned,
    FieldExists,
    FieldMissing,
    FieldUnusable,
    MarkUnusable,
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
from signing.extend import extend_to_lta
from signing.levels import PadesLevel
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
    "ChainIncomplete",
    "FieldAlreadySigned",
    "FieldExists",
    "FieldMissing",
    "FieldUnusable",
    "Mark",
    "MarkFaces",
    "MarkUnusable",
    "NewField",
    "NoSignatureToExtend",
    "NotAPdf",
    "PadesLevel",
    "PdfEncrypted",
    "PdfHybrid",
    "PdfUnusable",
    "PdfaOne",
    "PreparedSignature",
    "ServiceNotConfigured",
    "SignRequest",
    "SignatureMismatch",
    "SignatureTooLarge",
    "SignedPdf",
    "SigningError",
    "SigningForbidden",
    "SigningServices",
    "complete_signature",
    "extend_to_lta",
    "prepare_signature",
    "sign_field",
    "sign_new_field",
]
