"""Judge an ASiC-E container with CAdES signatures: what it holds, who signed which manifest, and whether that still holds.

Total like `verify_pdf`: any bytes give a report. Files that no valid manifest names are not called signed.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from xml.etree import ElementTree as ET

from keys.trust import TrustAnchors
from signing.container import CONTAINER_TYPE, META, NAMESPACE, SHA256, XMLDSIG
from signing.verify.algorithms import PlainContent
from signing.verify.chain import ChainJudge
from signing.verify.cms import read_cms, verify_signers
from signing.verify.errors import CmsUnreadable
from signing.verify.hostile import HOSTILE_INPUT_ERRORS
from signing.verify.judgement import describe_signer

_DECLARATION: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_MANIFEST: Final = re.compile(r"META-INF/ASiCManifest[A-Za-z0-9]*\.xml")
_MOST_FILES, _MOST_BYTES, _MOST_MANIFEST_BYTES, _MOST_SIGNATURES = 1000, 256 * 1024 * 1024, 1024 * 1024, 20
_PACKAGE: Final = "package.jws"
_MOST_PACKAGE_BYTES: Final = 64 << 10
_HOSTILE: Final = (
    *HOSTILE_INPUT_ERRORS,
    zipfile.BadZipFile,
    ET.ParseError,
    NotImplementedError,
    RuntimeError,
    EOFError,
)


@dataclass(frozen=True, slots=True)
class ContainerSignature:
    """One signature; `trust` is None when its signer's issuer is known and nothing stands against it, else a code."""

    manifest: str
    is_valid: bool
    signer: str | None
    issuer: str | None
    certificate_sha256_hex: str | None
    signed_at: str | None
    trust: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContainerReport:
    """What a container is: `reasons` stand against it as a whole; `files` are its digests by name."""

    sha256_hex: str
    is_whole: bool
    reasons: tuple[str, ...]
    files: Mapping[str, str] = field(repr=False)
    signatures: tuple[ContainerSignature, ...] = ()
    # The sender's own signed list, for who knows its key; judged by nobody here.
    package_jws: str | None = field(default=None, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Write it as plain values."""
        return {
            "sha256": self.sha256_hex,
            "is_whole": self.is_whole,
            "reasons": list(self.reasons),
            "files": dict(self.files),
            "package_jws": self.package_jws,
            "signatures": [
                {
                    "manifest": one.manifest,
                    "is_valid": one.is_valid,
                    "signer": one.signer,
                    "issuer": one.issuer,
                    "certificate_sha256": one.certificate_sha256_hex,
                    "signed_at": one.signed_at,
                    "trust": one.trust,
                    "reasons": list(one.reasons),
                }
                for one in self.signatures
            ],
        }


def verify_container(content: bytes, *, trust: TrustAnchors, at: datetime) -> ContainerReport:
    """Judge a container as seen at `at` with these anchors; nothing is fetched."""
    sha256_hex = hashlib.sha256(content).hexdigest()
    try:
        return _Judgement(content, sha256_hex, ChainJudge(trust, at=at), at).judge()
    except _Malformed as exc:
        return ContainerReport(sha256_hex, is_whole=False, reasons=(exc.code,), files={})
    except _HOSTILE:
        return ContainerReport(sha256_hex, is_whole=False, reasons=("UNREADABLE",), files={})


def signer_problem(
    certificate_der: bytes, *, chain_der: tuple[bytes, ...], trust: TrustAnchors, at: datetime
) -> str | None:
    """Say what stands against a signer's certificate by these anchors, before anything is signed with it; None for nothing."""
    chains = ChainJudge(trust, at=at)
    for der in chain_der:
        chains.certificates.add(der)
    certificate = chains.certificates.add(certificate_der)
    if certificate is None:
        return "GENERIC"
    problem = chains.judge(certificate, moment=at, is_proven=False).problem
    return problem.value if problem is not None else None


class _Malformed(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Judgement:
    def __init__(self, content: bytes, sha256_hex: str, chains: ChainJudge, at: datetime) -> None:
        self._sha256_hex, self._chains, self._at = sha256_hex, chains, at
        self._files = _unpack(content)

    def judge(self) -> ContainerReport:
        # (1) it says what it is
        reasons = [] if self._files.pop("mimetype", b"") == CONTAINER_TYPE.encode() else ["NOT_ASICE"]
        given = {name: one for name, one in self._files.items() if not name.startswith(META)}
        # (2) every manifest names the files as they are, and (3) a signature over its very bytes holds
        manifests = sorted(name for name in self._files if _MANIFEST.fullmatch(name))
        if not manifests or len(manifests) > _MOST_SIGNATURES:
            reasons.append("NO_SIGNATURE" if not manifests else "TOO_MANY_SIGNATURES")
            manifests = []
        signatures, covered = [], []
        for name in manifests:
            signature, named = self._judge_one(name, given)
            signatures.append(signature)
            covered.append(named)
        # (4) no file came in beside what each of them signed
        if any(set(given) - named for named in covered):
            reasons.append("FILE_NOT_SIGNED")
        digests = {name: hashlib.sha256(one).hexdigest() for name, one in sorted(given.items())}
        is_whole = bool(signatures) and not reasons and all(one.is_valid for one in signatures)
        listed = given.get(_PACKAGE, b"")
        package_jws = listed.decode("ascii") if 0 < len(listed) <= _MOST_PACKAGE_BYTES and listed.isascii() else None
        return ContainerReport(self._sha256_hex, is_whole, tuple(reasons), digests, tuple(signatures), package_jws)

    def _judge_one(self, name: str, given: Mapping[str, bytes]) -> tuple[ContainerSignature, set[str]]:
        manifest = self._files[name]
        reasons: list[str] = []
        try:
            place, named = _read_manifest(manifest)
        except (_Malformed, *_HOSTILE):
            return _unreadable(name, "MANIFEST_UNREADABLE"), set()
        for one, digest in named.items():
            if one not in given:
                reasons.append("FILE_MISSING")
            elif hashlib.sha256(given[one]).digest() != digest:
                reasons.append("HASH_FAILURE")
        return self._judge_cms(name, manifest, self._files.get(place, b""), sorted(set(reasons))), set(named)

    def _judge_cms(self, name: str, manifest: bytes, contents: bytes, reasons: list[str]) -> ContainerSignature:
        try:
            signature = read_cms(contents)
            (verdict,) = verify_signers(signature, content=PlainContent(manifest))
        except (CmsUnreadable, *_HOSTILE):
            return _unreadable(name, *reasons, "CMS_UNREADABLE")
        reasons = [*reasons, *verdict.reasons]
        if not verdict.is_valid and not verdict.reasons:
            reasons.append("SIG_CRYPTO_FAILURE")
        for der in signature.certificates_der:
            self._chains.certificates.add(der)
        certificate = self._chains.certificates.add(verdict.certificate_der) if verdict.certificate_der else None
        if certificate is None:
            return _unreadable(name, *reasons)
        described = describe_signer(certificate, self._chains)
        claimed = verdict.signing_time
        chain = self._chains.judge(certificate, moment=claimed or self._at, is_proven=False)
        return ContainerSignature(
            manifest=name,
            is_valid=verdict.is_valid and not reasons,
            signer=described.common_name if described else None,
            issuer=described.issuer if described else None,
            certificate_sha256_hex=certificate.sha256_hex,
            signed_at=claimed.isoformat() if claimed else None,
            trust=chain.problem.value if chain.problem else None,
            reasons=tuple(reasons),
        )


def _unreadable(manifest: str, *reasons: str) -> ContainerSignature:
    return ContainerSignature(
        manifest=manifest,
        is_valid=False,
        signer=None,
        issuer=None,
        certificate_sha256_hex=None,
        signed_at=None,
        trust="GENERIC",
        reasons=reasons,
    )


def _unpack(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        entries = [one for one in packed.infolist() if not one.is_dir()]
        names = [one.filename for one in entries]
        if len(set(names)) != len(names) or len(names) > _MOST_FILES:
            # Two readers would see two containers.
            raise _Malformed("NAME_TWICE")
        if sum(one.file_size for one in entries) > _MOST_BYTES:
            raise _Malformed("TOO_LARGE")
        files: dict[str, bytes] = {}
        for one in entries:
            with packed.open(one) as entry:
                files[one.filename] = entry.read(one.file_size + 1)
            if len(files[one.filename]) != one.file_size:
                raise _Malformed("UNREADABLE")
        return files


def _read_manifest(manifest: bytes) -> tuple[str, dict[str, bytes]]:
    """Where the signature lies, and the digest of every file that is named."""
    if len(manifest) > _MOST_MANIFEST_BYTES or _DECLARATION.search(manifest):
        raise _Malformed("MANIFEST_UNREADABLE")
    # No declaration is let in above, so there is no entity to expand.
    root = ET.fromstring(manifest)  # noqa: S314
    place = root.find(f"{{{NAMESPACE}}}SigReference")
    if root.tag != f"{{{NAMESPACE}}}ASiCManifest" or place is None:
        raise _Malformed("MANIFEST_UNREADABLE")
    named: dict[str, bytes] = {}
    for one in root.findall(f"{{{NAMESPACE}}}DataObjectReference"):
        name, method = one.get("URI", ""), one.find(f"{{{XMLDSIG}}}DigestMethod")
        value = one.findtext(f"{{{XMLDSIG}}}DigestValue", "")
        if not name or name in named or method is None or method.get("Algorithm") != SHA256:
            raise _Malformed("MANIFEST_UNREADABLE")
        named[name] = base64.b64decode(value, validate=True)
    if not named:
        raise _Malformed("MANIFEST_UNREADABLE")
    return place.get("URI", ""), named
