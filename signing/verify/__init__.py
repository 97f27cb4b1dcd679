"""Judge signed PDFs: one result per signature field, fail-closed, without a network."""

from signing.verify.errors import (
    CmsUnreadable,
    FieldNotSigned,
    NotAPdf,
    PasswordProtected,
    PdfUnreadable,
    ReportUnreadable,
    SignatureNotTrusted,
    VerifyError,
)
from signing.verify.extract import extract_revision
from signing.verify.report import (
    BaselineLevel,
    Coverage,
    Indication,
    ModifiedAfter,
    SignatureKind,
    SignatureVerdict,
    Signer,
    SubIndication,
    TimeSource,
    TimestampVerdict,
    Verdict,
    VerificationReport,
)
from signing.verify.sandbox import extract_in_child, verify_in_child, verify_sandbox
from signing.verify.verify import verify_pdf

__all__ = [
    "BaselineLevel",
    "CmsUnreadable",
    "Coverage",
    "FieldNotSigned",
    "Indication",
    "ModifiedAfter",
    "NotAPdf",
    "PasswordProtected",
    "PdfUnreadable",
    "ReportUnreadable",
    "SignatureKind",
    "SignatureNotTrusted",
    "SignatureVerdict",
    "Signer",
    "SubIndication",
    "TimeSource",
    "TimestampVerdict",
    "Verdict",
    "VerificationReport",
    "VerifyError",
    "extract_in_child",
    "extract_revision",
    "verify_in_child",
    "verify_pdf",
    "verify_sandbox",
]
