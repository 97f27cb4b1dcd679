"""What may go wrong between an upload and a searchable document.

OcrError
├── ScanRefused            the upload is not taken in; `code` is an IntakeCode
│   └── AlreadySigned      a PDF that carries a signature: keep its bytes, verify it, never rebuild it
├── IntakeUnavailable      no child process could judge the upload; nothing is known about the file
├── RecognitionError       the text of an accepted scan could not be read
│   ├── LanguageMissing    no model is installed for a language that was asked for
│   ├── OcrEngineFailed    the engine broke off; an empty page is never made of that
│   └── PagesUnreadable    stored pages cannot be decoded
├── PdfaError              a document could not be written
│   └── StatementTooLong   the words of the statement do not fit its page
├── PdfaViolation          a finished document breaks a rule of PDF/A-2u
└── RenderFailed           a page of a document could not be drawn
"""

from __future__ import annotations

from enum import StrEnum


class IntakeCode(StrEnum):
    """Why an upload is refused; the values are stable and public."""

    EMPTY_FILE = "EMPTY_FILE"
    UNSUPPORTED_TYPE = "UNSUPPORTED_TYPE"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    CORRUPT_FILE = "CORRUPT_FILE"
    TRUNCATED = "TRUNCATED"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    PAGE_SIZE = "PAGE_SIZE"
    DECOMPRESSION_LIMIT = "DECOMPRESSION_LIMIT"
    RENDER_TIMEOUT = "RENDER_TIMEOUT"
    # A code, no secret.
    PASSWORD_PROTECTED = "PASSWORD_PROTECTED"  # noqa: S105
    ACTIVE_CONTENT = "ACTIVE_CONTENT"
    EMBEDDED_FILES = "EMBEDDED_FILES"
    ANIMATED_IMAGE = "ANIMATED_IMAGE"
    UNSUPPORTED_IMAGE = "UNSUPPORTED_IMAGE"
    RESOLUTION_TOO_LOW = "RESOLUTION_TOO_LOW"
    BLANK_PAGE = "BLANK_PAGE"
    NO_PAGES = "NO_PAGES"
    DUPLICATE = "DUPLICATE"
    RATE_LIMITED = "RATE_LIMITED"
    ALREADY_SIGNED = "ALREADY_SIGNED"


class OcrError(Exception):
    """Base of every error of this package."""


class ScanRefused(OcrError):
    """The upload is not taken in, for the stable reason `code`."""

    def __init__(self, code: IntakeCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class AlreadySigned(ScanRefused):
    """The PDF carries a signature and is no paper original: keep its bytes, verify them, offer to store them."""

    def __init__(self, message: str) -> None:
        super().__init__(IntakeCode.ALREADY_SIGNED, message)


class IntakeUnavailable(OcrError):
    """No child process could judge the upload, for example at start; the file itself is not to blame."""


class RecognitionError(OcrError):
    """The text of an accepted scan could not be read."""


class LanguageMissing(RecognitionError):
    """No model is installed for a language that was asked for."""


class OcrEngineFailed(RecognitionError):
    """The recognition engine broke off; the page stays unread, it does not become empty."""


class PagesUnreadable(RecognitionError):
    """Stored pages cannot be decoded: they were cut short, altered, or written by another version."""


class PdfaError(OcrError):
    """A document could not be written."""


class StatementTooLong(PdfaError):
    """The words of the certification statement do not fit its page at a readable size."""


class PdfaViolation(OcrError):
    """A finished document breaks a rule of PDF/A-2u and must not be signed."""


class RenderFailed(OcrError):
    """A page of a document could not be drawn."""
