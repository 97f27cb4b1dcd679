"""Every way the vault says no, and what the reader can do about it.

VaultError
├── DatabaseUnavailable      the database did not answer, or is locked for too long
├── NotFound                 no such thing, or not yours: the two answers are the same
├── BlobError
│   ├── BlobConflict         another content already stands under this name
│   ├── BlobCorrupt          the stored bytes are not the bytes that were put
│   └── BlobShredded         the keyset of the document was destroyed, the bytes are gone for ever
├── StoreUnavailable         the folder or bucket cannot be read or written
│   └── StoreFull            there is no room left; nothing half-written is kept
├── UploadError              an upload in parts cannot go on like this
│   ├── UploadMoved          the next part was expected at another place
│   ├── UploadOverfull       more came than was announced
│   ├── UploadUnfinished     parts are still missing
│   ├── UploadDamaged        a part is not what its checksum says
│   └── TooManyUploads       its owner has as many unfinished ones as are kept
├── CodeMistyped             a verification code that cannot exist (length, letter or check symbol)
├── StatusConflict           a copy's status may not move this way
├── HolderConflict           the number already belongs to a holder, or the vault is already claimed
├── HolderFrozen             the holder is noted as deceased: nothing is given out any more
├── MandateRefused           a mandate that does not fit its holder, or acts beyond itself
├── ErasureRefused           the law keeps this paper
├── BagInvalid               a package that is none, or not whole
├── ContactRefused           what was given is no address; `field` says which
├── ChangedMeanwhile         somebody changed it since it was read
│   ├── ContactChanged
│   ├── WebhookChanged
│   └── ResultChanged        the result of an issuer
├── RecordRefused            a record that contradicts itself or already exists
│   └── ResultConflict       an issuer's result came before, was annulled, or lacks its decision
├── ConsentInvalid           a consent that may not be given, or no longer covers this
├── GrantError
│   ├── GrantExpired         the term is over
│   ├── GrantRevoked         the holder took it back
│   └── GrantOutOfScope      another recipient, or a paper the consent does not name
├── ShareError
│   ├── ShareClosed          expired, revoked, viewed to the limit or unknown
│   ├── ShareAnswered        answered before, or refused without a reason
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


class StoreFull(StoreUnavailable):
    """There is no room for the object; make room, then try again."""


class UploadError(VaultError):
    """An upload in parts cannot go on like this."""


class UploadMoved(UploadError):
    """The part does not begin where the upload stands; ask where it stands and go on there."""


class UploadOverfull(UploadError):
    """More bytes came than the upload was announced to have."""


class UploadUnfinished(UploadError):
    """Parts of the upload are missing; send them first."""


class UploadDamaged(UploadError):
    """The bytes of a part do not agree with its checksum; nothing of it was kept."""


class TooManyUploads(UploadError):
    """The owner has as many unfinished uploads as are kept; finish or end one."""


class CodeMistyped(VaultError):
    """The text is no verification code; it is answered without a look-up."""


class StatusConflict(VaultError):
    """The register status of a copy does not allow this change."""


class HolderConflict(VaultError):
    """The change would give one number two holders or one vault two claims."""


class HolderFrozen(VaultError):
    """The holder is noted as deceased; the vault gives nothing out except to heirs."""


class MandateRefused(VaultError):
    """A mandate does not fit its holder or document, or does not reach this far."""


class ErasureRefused(VaultError):
    """The law obliges to keep this paper; it was not erased."""


class BagInvalid(VaultError):
    """The package is no BagIt package, or a file of it is missing, new or changed."""


class ContactRefused(VaultError):
    """What was given is no address, or a wanted channel has none."""

    def __init__(self, message: str, *, field: str) -> None:
        """Keep which field was wrong beside the sentence that says why; the value is not repeated."""
        super().__init__(message)
        self.field = field


class ChangedMeanwhile(VaultError):
    """Somebody changed it since it was read; read it again."""


class ContactChanged(ChangedMeanwhile):
    """Somebody set this contact since it was read."""


class WebhookChanged(ChangedMeanwhile):
    """Somebody changed this webhook since it was read."""


class RecordRefused(VaultError):
    """The record contradicts itself or was already deposited with other content."""


class ResultConflict(RecordRefused):
    """An issuer's result is there already with another paper, was annulled for good, or its annulment names no decision."""


class ResultChanged(ChangedMeanwhile):
    """The result is at another version than the one that was read."""


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


class ShareAnswered(ShareError):
    """The reader of a link answered before, or refuses without saying why."""


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
