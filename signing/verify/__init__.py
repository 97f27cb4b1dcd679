"""Judge signed PDFs: one result per signature field, fail-closed, without a network."""

from signing.verify.cache import VerdictCache
from signing.verify.compare import SignedAndShown, compare_with_signed
from signing.verify.container import ContainerReport, ContainerSignature, signer_problem, verify_container
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
from signing.verify.rendering import PageDifference
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
    VisibleChange,
)
from signing.verify.report_xml import write_report_xml
from signing.verify.sandbox import (
    compare_in_child,
    extract_in_child,
    verify_container_in_child,
    verify_in_child,
    verify_sandbox,
)
from signing.verify.verify import verify_pdf

__all__ = [
    "BaselineLevel",
    "CmsUnreadable",
    "ContainerReport",
    "ContainerSignature",
    "Coverage",
    "FieldNotSigned",
    "Indication",
    "ModifiedAfter",
    "NotAPdf",
    "PageDifference",
    "PasswordProtected",
    "PdfUnreadable",
    "ReportUnreadable",
    "SignatureKind",
    "SignatureNotTrusted",
    "SignatureVerdict",
    "SignedAndShown",
    "Signer",
    "SubIndication",
    "TimeSource",
    "TimestampVerdict",
    "Verdict",
    "VerdictCache",
    "VerificationReport",
    "VerifyError",
    "VisibleChange",
    "compare_in_child",
    "compare_with_signed",
    "extract_in_child",
    "extract_revision",
    "signer_problem",
    "verify_container",
    "verify_container_in_child",
    "verify_in_child",
    "verify_pdf",
    "verify_sandbox",
    "write_report_xml",
]
