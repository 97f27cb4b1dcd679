"""What reading hostile bytes raises: one list, used wherever one bad piece must not cost the whole answer."""

from __future__ import annotations

import struct
import zlib

import pikepdf
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from signing.verify.errors import CmsUnreadable, PdfUnreadable

HOSTILE_INPUT_ERRORS = (
    ValueError,  # asn1crypto, cryptography, int(), decoding; UnicodeError and binascii.Error are among them
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    AssertionError,
    struct.error,
    zlib.error,
    pikepdf.PdfError,
    InvalidSignature,
    UnsupportedAlgorithm,
    PdfUnreadable,
    CmsUnreadable,
)
"""What reading hostile bytes raises, measured on attack files and mutations; `MemoryError` belongs to the child."""
