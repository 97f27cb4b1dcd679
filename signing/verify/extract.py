"""Give back the file as it was signed: every byte up to the end of the signed revision."""

from __future__ import annotations

from signing.verify.coverage import judge_coverage
from signing.verify.errors import FieldNotSigned
from signing.verify.fields import read_fields, signed_fields
from signing.verify.revisions import read_history


def extract_revision(pdf: bytes, field: str) -> bytes:
    """Give the revision that the signature in `field` covers, byte for byte.

    Raises:
        FieldNotSigned: no signed field of that name, or its ByteRange ends at no revision.
        NotAPdf, PasswordProtected, PdfUnreadable: the file cannot be read without guessing.
    """
    history = read_history(pdf)
    newest = history.newest
    for signed in signed_fields(history, newest, read_fields(history, newest)):
        if field not in signed.names:
            continue
        coverage = judge_coverage(history, signed, history.resolve(newest, signed.dictionary.get("ByteRange")))
        if coverage.revision is None:
            raise FieldNotSigned("the signature covers no whole revision, so there is no signed original to give back")
        return pdf[: coverage.end]
    raise FieldNotSigned("the file has no signature in a field of that name; list them with `vidimus verify`")
