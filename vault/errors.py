"""Every way the vault says no, and what the reader can do about it.

VaultError
├── DatabaseUnavailable      the database did not answer, or is locked for too long
├── NotFound                 no such thing, or not yours: the two answers are the same
├── BlobError
│   ├── BlobConflict         another content already stands under this name
│   ├── BlobCorrupt          the stored bytes are not the bytes that were put
│   └── BlobShredded         the keyset of the document was destroyed, the bytes are gone for ever
├── StoreUnavailable         the folder or bucket cannot be read or written
├── CodeMistyped             a verification code that cannot exist (length, letter or check symbol)
├── StatusConflict           a copy's status may not move this way
├── HolderConflict           the number already belongs to a holder, or the vault is already claimed
├── RecordRefused            a record that contradicts itself or already exists
├── ConsentInvalid           a consent that may not be given, or no longer covers this
├── GrantError
│   ├── GrantExpired         the term is over
│   ├── GrantRevoked         the holder took it back
│   └── GrantOutOfScope      another recipient, or a paper the consent does not name
├── ShareError
│   ├── ShareClosed          expired, revoked, viewed to the limit or unknown
│   └── PasscodeWrong        the passcode is wrong or the tries are used up
└── LogError
├── LogTampered          the log does not agree with what was signed earlier
├── LeaseLost            another sequencer took over
├── CheckpointInvalid    a signed note that does not verify or does not parse
└── ProofInvalid         an inclusion or consistency proof that does not hold
"""

from __future__ import annotations


class VaultError(Exception):
    """The vault refused or could not do what was asked."""


class DatabaseUnavailable(VaultError):
    """The database did not answer; nothing was changed and the call may be repeated."""


class NotFound(VaultError):
    """There is no such thing for this owner; "not yours" deliberately looks the same."""


class BlobError(VaultError):
    """Stored bytes could not be given out or taken in."""


class BlobConflict(BlobError):
    """A blob of this name exists with another content; blobs are never overwritten."""


class BlobCorrupt(BlobError):
    """The stored bytes fail their authentication or their digest; restore them from a backup."""


class BlobShredded(BlobError):
    """The document's keyset no longer exists, so its bytes cannot be read by anybody."""


class StoreUnavailable(VaultError):
    """The object store could not be read or written; nothing half-written is visible."""


class CodeMistyped(VaultError):
    """The text is no verification code; it is answered without a look-up."""


class StatusConflict(VaultError):
    """The register status of a copy does not allow this change."""


class HolderConflict(VaultError):
    """The change would give one number two holders or one vault two claims."""


class RecordRefused(VaultError):
    """The record contradicts itself or was already deposited with other content."""


class ConsentInvalid(VaultError):
    """The consent lacks a purpose, a recipient or papers, or is no longer active."""


class GrantError(VaultError):
    """A reuse grant does not give these bytes."""


class GrantExpired(GrantError):
    """The term of the grant is over; ask the holder for a new consent."""


class GrantRevoked(GrantError):
    """The holder withdrew the consent or the grant."""


class GrantOutOfScope(GrantError):
    """The grant names another recipient or does not name this paper."""


class PaperNotCurrent(GrantError):
    """The paper was annulled, superseded or withdrawn since it was granted."""


class ShareError(VaultError):
    """A share link does not open."""


class ShareClosed(ShareError):
    """The link is unknown, expired, revoked or was opened as often as allowed."""


class PasscodeWrong(ShareError):
    """The passcode is wrong, missing, or was tried too often."""


class LogError(VaultError):
    """The transparency log could not be extended or proven."""


class LogTampered(LogError):
    """Stored leaves, tiles or checkpoints contradict what was signed earlier."""


class LeaseLost(LogError):
    """Another sequencer holds the lease or already advanced the tree."""


class CheckpointInvalid(LogError):
    """The signed note does not parse or its signature does not verify."""


class ProofInvalid(LogError):
    """The proof does not connect the leaf or the older tree with the given root."""
