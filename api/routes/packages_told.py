"""Turns packages and the marks under them into what goes over the wire, and back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from api.acts.packages import OwnCertificate, Question
from api.errors import RequestInvalid
from api.schemas.packages import PackageCertificate, PackageMarkList, PackageMarkTold, PackageQuestionTold
from dossiers import Marked, PackageMark


def marks_told(marks: Sequence[Marked]) -> PackageMarkList:
    """What stands under a package."""
    return PackageMarkList(
        items=[
            PackageMarkTold(
                mark=one.mark.value,
                is_signature=one.mark is not PackageMark.PASSKEY,
                signer_sha256=one.signer_sha256_hex,
                marked_at=one.marked_at,
            )
            for one in marks
        ]
    )


def question_told(question: Question) -> PackageQuestionTold:
    """What the applicant's key has to sign."""
    return PackageQuestionTold(
        to_be_signed=base64.b64encode(question.to_be_signed).decode(),
        signing_time=question.signing_time,
        expires_at=question.expires_at,
    )


def own_certificate(asked: PackageCertificate) -> OwnCertificate:
    """The applicant's certificate as it was sent.

    Raises:
        RequestInvalid: it is no base64.
    """
    return OwnCertificate(
        bytes_sent(asked.certificate, "certificate"), tuple(bytes_sent(one, "chain") for one in asked.chain)
    )


def bytes_sent(text: str, field: str) -> bytes:
    """Bytes that were sent as base64.

    Raises:
        RequestInvalid: they are none.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as exc:
        raise RequestInvalid("this is no base64", field=field) from exc
