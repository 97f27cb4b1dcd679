"""What can go wrong while signing.

SigningError
├── PdfUnusable             the file cannot carry a signature
│   ├── NotAPdf             it is no PDF, or is too damaged to be signed safely
│   ├── PdfEncrypted        it is encrypted
│   ├── PdfHybrid           it has two cross-reference tables that may tell different stories
│   └── PdfaOne             it claims PDF/A-1, which a PAdES signature would break
├── FieldUnusable           the field cannot take this signature
│   ├── FieldMissing        there is no such signature field
│   ├── FieldAlreadySigned  it holds a signature
│   ├── FieldExists         a new field was asked for and the name is taken
│   └── SigningForbidden    a certification or a lock in the file forbids it
├── MarkUnusable            the visible mark does not fit or cannot be drawn
│   └── NoFreeSpace         the page has no room for it without covering something
├── ClockJumped             the wall clock jumped since the last signature
├── LevelUnreachable        the signature cannot become what was asked by an extension
├── ServiceNotConfigured    the level asked needs a service that was not given
├── ChainIncomplete         a certificate's issuer is not at hand
├── NoSignatureToExtend     there is nothing to extend
├── ContainerUnusable       files, manifest and signatures of a container do not fit each other
├── SignatureTooLarge       the signature or time-stamp does not fit the space that was reserved
├── SignatureMismatch       the key's answer does not verify under its certificate
└── DeferredError           a signature by a key in other hands cannot be completed
    ├── DeferredExpired           its time is over
    ├── DeferredMismatch          another file or certificate than was prepared
    └── DeferredStateUnreadable   its state was not written here

Errors of keys and trust services are those of `keys.errors`; nothing is ever returned half-signed.
"""

from __future__ import annotations


class SigningError(Exception):
    """Base of every error of `signing` outside `signing.verify`."""


class PdfUnusable(SigningError):
    """The file cannot carry a signature."""


class NotAPdf(PdfUnusable):
    """The file is no PDF, or is too damaged to be signed safely."""


class PdfEncrypted(PdfUnusable):
    """The file is encrypted."""


class PdfHybrid(PdfUnusable):
    """The file has a hybrid cross-reference, so two readers may see two documents."""


class PdfaOne(PdfUnusable):
    """The file claims PDF/A-1, which knows none of the objects a PAdES signature needs."""


class FieldUnusable(SigningError):
    """The field cannot take this signature."""


class FieldMissing(FieldUnusable):
    """There is no such signature field."""


class FieldAlreadySigned(FieldUnusable):
    """The field holds a signature."""


class FieldExists(FieldUnusable):
    """A new field was asked for and the name is taken."""


class SigningForbidden(FieldUnusable):
    """A certification or a lock in the file forbids this signature."""


class MarkUnusable(SigningError):
    """The visible mark does not fit its field or cannot be drawn."""


class NoFreeSpace(MarkUnusable):
    """The page has no free room where the mark belongs; nothing is ever covered."""


class ClockJumped(SigningError):
    """The wall clock jumped, so no claimed time and no window of validity can be judged."""


class LevelUnreachable(SigningError):
    """An extension cannot make the level that was asked; another level can be asked for."""


class ServiceNotConfigured(SigningError):
    """The level asked needs a service that was not given."""


class ChainIncomplete(SigningError):
    """A certificate's issuer is not at hand, so its evidence cannot be collected."""


class ContainerUnusable(SigningError):
    """Files, manifests and signatures of a container do not fit each other; nothing is written."""


class NoSignatureToExtend(SigningError):
    """The file holds no signature that could be extended."""


class SignatureTooLarge(SigningError):
    """The signature or time-stamp does not fit the space that was reserved for it."""


class SignatureMismatch(SigningError):
    """The key's answer does not verify under its certificate."""


class DeferredError(SigningError):
    """A signature by a key in other hands cannot be completed; the document is prepared again."""


class DeferredExpired(DeferredError):
    """The time between preparing and completing is over."""


class DeferredMismatch(DeferredError):
    """The file or the certificate is not the one that was prepared."""


class DeferredStateUnreadable(DeferredError):
    """The state of a deferred signature was not written here."""
