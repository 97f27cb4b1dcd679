"""Everything that can go wrong with keys, certificates and trust services.

    KeysError
    ├── KeyStoreError
    │   ├── KeyNotFound           no such key in this store
    │   ├── KeyExists             the key id is taken; keys are never overwritten
    │   ├── KeyFileUnusable       a key file is damaged, exposed or does not match its certificate
    │   ├── PinRefused            a PIN that no key may have (empty, too long)
    │   ├── KeyImportRefused      a key file that could not sign today (`code`)
    │   ├── TokenError            a token or its module cannot be used
    │   │   ├── TokenMissing      no such token, or it was pulled out
    │   │   ├── TokenKeyMissing   the token holds no such key or certificate
    │   │   ├── TokenPinLocked    too many wrong PINs; its issuer can unlock it
    │   │   └── TokenFailed       the module answered with a fault
    │   ├── KeyInHand             the key is in its owner's own machine and signs there only
    │   ├── RemoteKeyError        a remote signing service (CSC) did not sign
    │   │   ├── RemoteKeyUnavailable  no answer; try again
    │   │   ├── RemoteKeyRefused      an answer that says no, or that must not be used
    │   │   └── RemoteKeyUnconfigured the service is not set up here
    │   └── WrongPin              the PIN does not open the key
    │       └── ImportPasswordWrong   the password of a file that is brought in
    ├── CertificateError
    │   ├── CertificateUnusable   wrong usage, too short a key, unreadable
    │   ├── CertificateExpired    outside its window of validity
    │   ├── CertificateRevoked    its issuer has withdrawn it
    │   └── DemoKeyInProduction   a specimen certificate met production mode
    ├── ActivationError
    │   ├── ActivationRefused     the request itself is not acceptable
    │   ├── ActivationMissing     unknown, or the process restarted since
    │   ├── ActivationExpired     its deadline has passed
    │   ├── ActivationUsed        this digest was signed under it already
    │   ├── ActivationNotYours    another key, or another user
    │   ├── ActivationRequired    the key may not be used without a person
    │   ├── PasskeyRefused        a passkey's answer that proves nothing (`reason`)
    │   └── DigestNotActivated    the person never approved this digest
    ├── TrustServiceError
    │   ├── TimestampUnavailable  no answer from the time-stamping authority
    │   ├── TimestampRejected     an answer that fails a check (`reason`)
    │   ├── RevocationUnavailable no answer about revocation
    │   └── RevocationRejected    an answer that fails a check (`reason`)
    ├── AuthorityError
    │   ├── AuthorityUnusable     its folder is missing, damaged, or its CA has ended
    │   ├── AuthorityRefused      asked for what it must not do (production, odd names)
    │   └── SerialUnknown         it never issued this serial number
    ├── KekError
    │   ├── KekUnusable           the key-encryption key cannot be read or made
    │   ├── RecoveryKeyUnusable   a half of the recovery key cannot be read or made
    │   └── UnwrapFailed          wrong key, wrong associated data, or altered bytes
    ├── TrustFolderUnusable       a trust folder or bundle holds something that is no anchor
    │   └── TrustFolderEmpty      it holds no root: nothing can be confirmed
    └── TrustedListRefused        a trusted list that must not be relied on (`reason`)

No message here carries a PIN, a passphrase, a person's name or key bytes.
"""

from __future__ import annotations

from enum import StrEnum


class KeysError(Exception):
    """Base of every error raised by `keys`."""


class KeyStoreError(KeysError):
    """A key store could not do what was asked."""


class KeyNotFound(KeyStoreError):
    """The store holds no key of this id."""


class KeyExists(KeyStoreError):
    """The key id is taken."""


class KeyFileUnusable(KeyStoreError):
    """A key file is damaged, readable by others, or does not match its certificate."""


class PinRefused(KeyStoreError):
    """A PIN has an impossible form; nothing was tried with it."""


class WrongPin(KeyStoreError):
    """The PIN does not open the key; the message is the same whatever was wrong with it."""

    def __init__(self, key_id: str) -> None:
        """Name the key only: neither the PIN nor how near it was may leave this house."""
        super().__init__(f"the PIN does not open key {key_id}; nothing was signed")
        self.key_id = key_id

    def __reduce__(self) -> tuple[type[WrongPin], tuple[str]]:
        """Let the error cross a process border whole."""
        return (type(self), (self.key_id,))


class ImportFault(StrEnum):
    """Why a key file cannot become a key of the office; the values are stable, and each has its fix in the texts."""

    DOES_NOT_OPEN = "VID-KEY-001"
    LEGACY_CIPHER = "VID-KEY-002"
    NO_PRIVATE_KEY = "VID-KEY-003"
    EXPIRED = "VID-KEY-004"
    NOT_YET_VALID = "VID-KEY-005"
    WRONG_USAGE = "VID-KEY-006"
    CHAIN_MISSING = "VID-KEY-007"
    KEY_TOO_SHORT = "VID-KEY-008"


class ImportPasswordWrong(WrongPin):
    """The password does not open the file that is brought in."""

    code = ImportFault.DOES_NOT_OPEN


_IMPORT_FAULTS = {
    ImportFault.LEGACY_CIPHER: "is protected by RC2 or triple DES; export it again with AES-256",
    ImportFault.NO_PRIVATE_KEY: "holds certificates and no private key; export the key with it",
    ImportFault.EXPIRED: "has an expired certificate; renew it and import the new one",
    ImportFault.NOT_YET_VALID: "has a certificate whose time has not begun; check the clock or wait",
    ImportFault.WRONG_USAGE: "has a certificate that is not for signing documents; ask for one that is",
    ImportFault.CHAIN_MISSING: "lacks issuers' certificates; export the whole chain or put them into the trust folder",
    ImportFault.KEY_TOO_SHORT: "has a key that is too short; ask for RSA of 2048 bits or P-256",
}


class KeyImportRefused(KeyStoreError):
    """A key file could not sign today, so it is not taken in."""

    def __init__(self, code: ImportFault, key_id: str) -> None:
        """Keep the fault as a stable code beside the sentence."""
        super().__init__(f"{code.value}: the file offered as key {key_id} {_IMPORT_FAULTS[code]}")
        self.code = code
        self.key_id = key_id

    def __reduce__(self) -> tuple[type[KeyImportRefused], tuple[ImportFault, str]]:
        """Let the error cross a process border whole."""
        return (type(self), (self.code, self.key_id))


class TokenError(KeyStoreError):
    """A token, or the module that speaks to it, cannot be used."""


class TokenMissing(TokenError):
    """No such token is there, or it was pulled out."""


class TokenKeyMissing(TokenError):
    """The token holds no such key, or no certificate for it."""


class TokenPinLocked(TokenError):
    """The token refuses every PIN now; only its issuer can unlock it."""


class TokenFailed(TokenError):
    """The token's module answered with a fault."""


class KeyInHand(KeyStoreError):
    """The key is on a token in its owner's own machine: nothing here can open it."""


class RemoteKeyError(KeyStoreError):
    """A remote signing service did not sign."""


class RemoteKeyUnavailable(RemoteKeyError):
    """The remote signing service did not answer; the act may be tried again."""


class RemoteKeyRefused(RemoteKeyError):
    """The remote signing service said no, or answered with something that must not be used."""

    def __init__(self, message: str, *, error: str = "") -> None:
        """Keep the service's own code beside the sentence."""
        super().__init__(message)
        self.error = error


class RemoteKeyUnconfigured(RemoteKeyError):
    """A key is at a remote signing service that is not set up here."""


class CertificateError(KeysError):
    """A certificate may not be used for what was asked."""


class CertificateUnusable(CertificateError):
    """A certificate has the wrong usage or key, or cannot be read."""


class CertificateExpired(CertificateError):
    """A certificate is outside its window of validity."""


class CertificateRevoked(CertificateError):
    """The issuer has withdrawn the certificate."""


class DemoKeyInProduction(CertificateError):
    """A specimen certificate met production mode."""


class ActivationError(KeysError):
    """A key was not activated for what was asked."""


class ActivationRefused(ActivationError):
    """The activation request itself is not acceptable."""


class ActivationMissing(ActivationError):
    """The activation is unknown here: never given, withdrawn, or lost with the process that held it."""


class ActivationExpired(ActivationError):
    """The activation's deadline has passed."""


class ActivationUsed(ActivationError):
    """The digest was signed under this activation already."""


class ActivationNotYours(ActivationError):
    """The activation belongs to another key or another user."""


class ActivationRequired(ActivationError):
    """The key may not be used without a person's activation."""


class DigestNotActivated(ActivationError):
    """The activation does not cover this digest."""


class PasskeyReason(StrEnum):
    """Why a passkey's answer was not accepted."""

    MALFORMED = "MALFORMED"
    CHALLENGE = "CHALLENGE"
    NOT_VERIFIED = "NOT_VERIFIED"
    UNKNOWN_PASSKEY = "UNKNOWN_PASSKEY"
    CLONED = "CLONED"


class PasskeyRefused(ActivationError):
    """A passkey's answer proves nothing: another challenge, another passkey, or no user verification."""

    def __init__(self, message: str, *, reason: PasskeyReason) -> None:
        """Keep the reason as a code beside the sentence."""
        super().__init__(message)
        self.reason = reason


class TimestampReason(StrEnum):
    """Why a time-stamp answer was not accepted."""

    MALFORMED = "MALFORMED"
    STATUS_NOT_GRANTED = "STATUS_NOT_GRANTED"
    NONCE = "NONCE"
    IMPRINT = "IMPRINT"
    POLICY = "POLICY"
    GEN_TIME = "GEN_TIME"
    CERTIFICATE = "CERTIFICATE"
    SIGNATURE = "SIGNATURE"


class EvidenceReason(StrEnum):
    """Why an answer about revocation was not accepted."""

    MALFORMED = "MALFORMED"
    STATUS_NOT_SUCCESSFUL = "STATUS_NOT_SUCCESSFUL"
    NONCE = "NONCE"
    OTHER_CERTIFICATE = "OTHER_CERTIFICATE"
    STALE = "STALE"
    SIGNATURE = "SIGNATURE"
    UNKNOWN_CERTIFICATE = "UNKNOWN_CERTIFICATE"
    PARTIAL = "PARTIAL"


class TrustServiceError(KeysError):
    """A time-stamp or revocation service did not give what was needed."""


class TimestampUnavailable(TrustServiceError):
    """The time-stamping authority did not answer; the job may be retried."""


class TimestampRejected(TrustServiceError):
    """The time-stamping authority answered with something that must not be used."""

    def __init__(self, message: str, *, reason: TimestampReason) -> None:
        """Keep the reason as a code beside the sentence."""
        super().__init__(message)
        self.reason = reason


class RevocationUnavailable(TrustServiceError):
    """No service answered about revocation; the job may be retried."""


class RevocationRejected(TrustServiceError):
    """A revocation service answered with something that must not be used."""

    def __init__(self, message: str, *, reason: EvidenceReason) -> None:
        """Keep the reason as a code beside the sentence."""
        super().__init__(message)
        self.reason = reason


class AuthorityError(KeysError):
    """The embedded authority could not do what was asked."""


class AuthorityUnusable(AuthorityError):
    """The authority's folder is missing, damaged, or its certificates have ended."""


class AuthorityRefused(AuthorityError):
    """The authority was asked for something it must not do."""


class SerialUnknown(AuthorityError):
    """The authority never issued this serial number."""


class KekError(KeysError):
    """A key-encryption key could not do its work."""


class KekUnusable(KekError):
    """A key-encryption key cannot be read or made."""


class RecoveryKeyUnusable(KekError):
    """A half of the recovery key cannot be read or made."""


class UnwrapFailed(KekError):
    """A wrapped secret does not open: wrong key, wrong associated data, or altered bytes."""


class TrustFolderUnusable(KeysError):
    """A trust folder holds something that is no anchor, intermediate or CRL."""


class TrustFolderEmpty(TrustFolderUnusable):
    """A trust folder holds no root, so nothing can be confirmed with it."""


class ListReason(StrEnum):
    """Why a trusted list was not accepted."""

    MALFORMED = "MALFORMED"
    TOO_LARGE = "TOO_LARGE"
    DTD = "DTD"
    SIGNATURE = "SIGNATURE"
    SIGNER = "SIGNER"
    LIST_OF_LISTS = "LIST_OF_LISTS"
    EXPIRED = "EXPIRED"
    NOT_YET = "NOT_YET"
    OLDER = "OLDER"
    OTHER_TERRITORY = "OTHER_TERRITORY"
    NO_SERVICE = "NO_SERVICE"


class TrustedListRefused(KeysError):
    """A trusted list must not be relied on."""

    def __init__(self, message: str, *, reason: ListReason) -> None:
        """Keep the reason as a code beside the sentence."""
        super().__init__(message)
        self.reason = reason
