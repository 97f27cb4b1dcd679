"""The key ceremony, rehearsed with SoftHSM: m of n open the token, fewer do not, and the record says what was done."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.soft_tokens import MODULE

SCRIPT = Path(__file__).resolve().parents[3] / "deploy" / "key_ceremony.py"
pytestmark = pytest.mark.slow


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    tokens = folder / "tokens"
    tokens.mkdir(exist_ok=True)
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n")
    environment = os.environ | {"SOFTHSM2_CONF": str(folder / "softhsm2.conf")}
    command = [sys.executable, str(SCRIPT), words[0], "--module", str(MODULE), "--token", "seal-2027", *words[1:]]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_two_of_three_custodians_open_the_key_one_does_not_and_the_record_is_signed_by_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    holders = [word for number in (1, 2, 3) for word in ("--holder", f"custodian {number}")]
    made = run(tmp_path, "make", "--need", "2", *holders, "--out", str(out))
    assert made.returncode == 0, made.stderr
    shares = sorted(out.glob("share-*.txt"))
    assert {share.stat().st_mode & 0o077 for share in shares} == {0}
    opened = run(tmp_path, "open", str(shares[0]), str(shares[2]))
    assert (opened.returncode, len(opened.stdout.strip())) == (0, 16), opened.stderr
    alone = run(tmp_path, "open", str(shares[1]))
    assert (alone.returncode, alone.stdout) == (1, "")
    twice = run(tmp_path, "open", str(shares[1]), str(shares[1]))
    assert twice.returncode == 1
    text = (out / "record.json").read_bytes()
    record = json.loads(text)
    assert (record["need"], record["among"], record["sets_proven"], len(record["holders"])) == (2, 3, 3, 3)
    digests = [hashlib.sha256(bytes.fromhex(share.read_text())).hexdigest() for share in shares]
    assert record["share_sha256"] == digests
    # The PIN stands in no file but the shares.
    assert opened.stdout.strip() not in text.decode()
    signature = bytes.fromhex((out / "record.sig").read_text())
    public = load_der_public_key((out / "public.der").read_bytes())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public.verify(encode_dss_signature(r, s), hashlib.sha256(text).digest(), ec.ECDSA(Prehashed(hashes.SHA256())))


def test_one_of_n_is_no_division(tmp_path: Path) -> None:
    made = run(tmp_path, "make", "--need", "1", "--holder", "a", "--holder", "b", "--out", str(tmp_path / "out"))
    assert made.returncode == 1
    assert "at least 2" in made.stderr
