"""What can go wrong while a signed PDF is judged.

    VerifyError
    ├── NotAPdf               the bytes are no PDF at all
    ├── PasswordProtected     the PDF is encrypted; we never guess passwords
    ├── PdfUnreadable         the structure cannot be read without guessing
    ├── CmsUnreadable         /Contents or a time-stamp token is no CMS we can read
    ├── FieldNotSigned        no signed field of that name (extraction only)
    ├── ReportUnreadable      a report that came back from the child is no report
    └── SignatureNotTrusted   raised by `VerificationReport.require_passed()`

Only `SignatureNotTrusted`, `FieldNotSigned` and `ReportUnreadable` leave this package: `verify_pdf`
turns every other one into a report with a reason code.
"""

from __future__ import annotations


class VerifyError(Exception):
    """Base of everything raised by `signing.verify`."""


class NotAPdf(VerifyError):
    """The bytes do not hold a PDF header."""


class PasswordProtected(VerifyError):
    """The PDF is encrypted."""


class PdfUnreadable(VerifyError):
    """The file's structure cannot be read without guessing; `code` says which part."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the stable reason code beside the sentence."""
        super().__init__(message)
        self.code = code


class CmsUnreadable(VerifyError):
    """A CMS object cannot be read; `code` says what is wrong with it."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the stable reason code beside the sentence."""
        super().__init__(message)
        self.code = code


class FieldNotSigned(VerifyError):
    """The file has no signed field of the asked name."""


class ReportUnreadable(VerifyError):
    """A report in JSON does not have the form of a `VerificationReport`."""


class SignatureNotTrusted(VerifyError):
    """The file did not pass; `verdict` and `reasons` say why."""

    def __init__(self, verdict: str, reasons: tuple[str, ...]) -> None:
        """Keep the verdict and its reasons for the caller."""
        super().__init__(
            f"the file is {verdict} ({', '.join(reasons) or 'no reason given'}); "
            "do not rely on it, and look at its report"
        )
        self.verdict = verdict
        self.reasons = reasons
