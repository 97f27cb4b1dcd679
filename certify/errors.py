"""Every way the certification office says no, and what the reader can do about it.

CertifyError
├── LawDataInvalid             a data file of the law pack contradicts itself or has no rule for the date
├── AgencyNotFound             no such agency, or it does not exist on that day
├── StaffError
│   ├── StaffNotFound          no such member of staff
│   ├── StaffConflict          the member of staff or the agency already exists with other facts
│   ├── RoleMissing            the person lacks the role for this act
│   ├── DelegationMissing      no delegation covers this instant and scope
│   ├── CredentialNotYours     the signing key does not belong to this person or agency
│   ├── CredentialNotUsable    the office itself took the key out of use: suspended, retired, revoked
│   └── SealNotAllowed         no seal keeper and no dated policy lets the agency seal now
├── CredentialError
│   ├── CredentialUnknown      no such key in the inventory
│   └── CredentialStateConflict  the credential's state, or another entry, does not allow this
├── CaseError
│   ├── CaseNotFound           no such case
│   ├── ItemNotFound           no such item
│   ├── TransitionRefused      the item is in a state from which this act is impossible
│   ├── GuardRefused           the act is possible, but a condition of it is not met; `code` says which
│   └── RefusalIncomplete      a refusal needs a code of the closed list, a text and a remedy
├── RegisterError
│   ├── NoOpenBook             no open register book for (agency, kind, year)
│   ├── TwoOpenBooks           more than one open register book
│   ├── BookClosed             the book named is closed
│   ├── BookNotClosable        reserved numbers are still pending
│   └── NumberConflict         the number is not in a state that allows this
├── CopyError
│   ├── CopyNotReady           the item has no ready copy that could be approved
│   ├── ReadyCopyChanged       the bytes approved are not the bytes prepared
│   ├── ReadyCopyExpired       the deadline passed or the local date changed: prepare again
│   ├── AlreadyApproved        another officer or another window approved this ready copy first
│   ├── SignatureNotAwaited    the item does not wait for the signature of a token in the officer's hands
│   └── ChecklistIncomplete    the officer did not confirm every line
├── PaymentUnknown             no payment of this id, or none was asked for this item
├── PaymentConflict            the payment is in another state, or what is said of it does not fit what was asked
├── ReformBlocked              something must be finished before agencies end
├── RetentionRefused           how long something is kept cannot be decided so, or a hold lacks its decision
│   └── RetentionNotFound      no such hold or certificate of destruction
└── PipelineError
    ├── PipelineStopped        the workflow engine does not run in this process
    ├── EngineUnavailable      the workflow engine could not be started
    ├── ForeignWorkflowRow     a stored workflow row was written by an unknown serializer
    ├── WorkerNameTaken        a living process works under this name
    ├── QueueFull              too many scans wait in the whole house; come back later
    │   └── AgencyQueueFull    too many scans of this agency wait
    └── StepFailed             a step failed in a way nobody foresaw; the workflow row names it
"""

from __future__ import annotations


class CertifyError(Exception):
    """The certification office refused or could not do what was asked."""


class LawDataInvalid(CertifyError):
    """The law data contradicts itself, or holds no rule for the date asked."""


class AgencyNotFound(CertifyError):
    """No agency of this code exists at this instant."""


class StaffError(CertifyError):
    """A person may not do this."""


class StaffNotFound(StaffError):
    """No member of staff has this id, or the person has left."""


class StaffConflict(StaffError):
    """The id is already taken by other facts."""


class RoleMissing(StaffError):
    """The person lacks the role this act asks for."""


class DelegationMissing(StaffError):
    """No delegation or assignment covers this person, this scope and this instant."""


class CredentialNotYours(StaffError):
    """The key named is not in the inventory of this person or agency."""


class CredentialNotUsable(StaffError):
    """The office itself has taken this key out of use."""


class SealNotAllowed(StaffError):
    """Neither a seal keeper nor a dated policy allows the agency's seal now."""


class CredentialError(CertifyError):
    """The inventory of credentials does not allow this."""


class CredentialUnknown(CredentialError):
    """No key of this id is in the inventory."""


class CredentialStateConflict(CredentialError):
    """The credential's state, or an entry of the same id, does not allow this."""


class CaseError(CertifyError):
    """The case or its item does not allow this."""


class CaseNotFound(CaseError):
    """No case has this id."""


class ItemNotFound(CaseError):
    """No item has this id."""


class TransitionRefused(CaseError):
    """The item's state does not allow this act."""


class GuardRefused(CaseError):
    """A condition of the act is not met; `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RefusalIncomplete(CaseError):
    """A refusal always has a code of the closed list, a text and a remedy."""


class RegisterError(CertifyError):
    """The register does not allow this."""


class NoOpenBook(RegisterError):
    """No register book is open for this agency, kind and year; open one."""


class TwoOpenBooks(RegisterError):
    """Two register books are open for the same agency, kind and year; close one."""


class BookClosed(RegisterError):
    """The register book is closed and takes no more numbers."""


class BookNotClosable(RegisterError):
    """The register book still holds reserved numbers; finish or void them first."""


class NumberConflict(RegisterError):
    """The register number is not in the state this act starts from."""


class CopyError(CertifyError):
    """The copy cannot be prepared, approved or signed."""


class CopyNotReady(CopyError):
    """There is no ready copy of this item to act on."""


class ReadyCopyChanged(CopyError):
    """The digest approved is not the digest of the ready copy."""


class ReadyCopyExpired(CopyError):
    """The ready copy is too old; its number is voided and a new one must be prepared."""


class AlreadyApproved(CopyError):
    """This ready copy already has its one approval."""


class SignatureNotAwaited(CopyError):
    """The item waits for no signature of a token: not yet, not any more, or not by this approval."""


class ChecklistIncomplete(CopyError):
    """The officer has not confirmed every line of the checklist."""


class PaymentUnknown(CertifyError):
    """No payment of this id was asked, or none for this item."""


class PaymentConflict(CertifyError):
    """The payment is in another state, or what is said of it does not fit what was asked."""


class ReformBlocked(CertifyError):
    """Copies are being signed or wait for a seal, or were certified after the day on which the agency ends."""


class RetentionRefused(CertifyError):
    """The law says it already, the day is past, or a decision has no number."""


class RetentionNotFound(RetentionRefused):
    """No legal hold or certificate of destruction has this id."""


class PipelineError(CertifyError):
    """The durable pipeline refused or failed."""


class PipelineStopped(PipelineError):
    """The pipeline is not running in this process; start it first."""


class EngineUnavailable(PipelineError):
    """The workflow engine could not be started on this database."""


class ForeignWorkflowRow(PipelineError):
    """A workflow row carries a serialization we did not write; reading it could run somebody's code."""


class WorkerNameTaken(PipelineError):
    """A living process works under this name; two under one name would do the same jobs."""


class QueueFull(PipelineError):
    """More scans wait to be read than the house takes on; nothing was taken in, and the same may be sent again."""


class AgencyQueueFull(QueueFull):
    """More scans of one agency wait to be read than one agency may have waiting; the others are served on."""


class StepFailed(PipelineError):
    """A stored failure of a workflow step, as its name, code and message."""

    def __init__(self, *, name: str, code: str, message: str) -> None:
        super().__init__(f"{name} ({code}): {message}" if code else f"{name}: {message}")
        self.name = name
        self.code = code
        self.message = message
