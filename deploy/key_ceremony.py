r"""A key ceremony by script: a token is made, its PINs are split so that m of n people open it, and everything is recorded.

    python deploy/key_ceremony.py make --module /usr/lib/softhsm/libsofthsm2.so --token seal-2027 --need 2 \
        --holder "custodian 1" --holder "custodian 2" --holder "custodian 3" --out /media/ceremony
    python deploy/key_ceremony.py open --module … --token seal-2027 SHARE SHARE

`make` (1) initialises the token under two random PINs nobody sees, (2) generates the key inside, where it cannot be taken out,
(3) splits both PINs (Shamir, GF(2^8)), one file for each holder, (4) proves with every m of the n shares that they open the token
and sign, and that m-1 do not, (5) writes the record with digests of everything, signed by the new key. Rehearsed with SoftHSM only; a hardware module
has its own way to initialise (`--init`) and often its own m of n, which is to be preferred.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import secrets
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pkcs11
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

_INIT = "softhsm2-util --init-token --free --label {label} --so-pin {so_pin} --pin {pin}"
_FIELD = 0x11B


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= _FIELD
        b >>= 1
    return product


def _inverse(a: int) -> int:
    # a^254 in GF(2^8).
    result = 1
    for _ in range(254):
        result = _times(result, a)
    return result


def split(secret: bytes, *, need: int, among: int) -> list[bytes]:
    """Split a secret: any `need` shares give it back, fewer say nothing about it. A share is its number and the bytes."""
    if not 1 < need <= among < 256:
        raise SystemExit(f"of {among} shares {need} cannot be needed; use at least 2 and at most all")
    shares = [bytearray([number]) for number in range(1, among + 1)]
    for byte in secret:
        coefficients = [byte, *secrets.token_bytes(need - 1)]
        for share in shares:
            value = 0
            for coefficient in reversed(coefficients):
                value = _times(value, share[0]) ^ coefficient
            share.append(value)
    return [bytes(share) for share in shares]


def join(shares: list[bytes]) -> bytes:
    """Give the secret back from enough different shares; from too few comes noise."""
    if len({share[0] for share in shares}) != len(shares):
        raise SystemExit("two of the shares are the same one")
    secret = bytearray()
    for place in range(1, len(shares[0])):
        value = 0
        for share in shares:
            weight = 1
            for other in shares:
                if other is not share:
                    weight = _times(weight, _times(other[0], _inverse(share[0] ^ other[0])))
            value ^= _times(share[place], weight)
        secret.append(value)
    return bytes(secret)


def _opens(module: str, token: str, pin: str) -> bool:
    try:
        with pkcs11.lib(module).get_token(token_label=token).open(user_pin=pin) as session:
            private = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY)
            private.sign(hashlib.sha256(b"rehearsal").digest(), mechanism=pkcs11.Mechanism.ECDSA)
    except (pkcs11.PinIncorrect, pkcs11.PinLenRange, pkcs11.PinInvalid):
        return False
    return True


def make(options: argparse.Namespace) -> None:
    """Hold the ceremony."""
    out, holders = Path(options.out), list(options.holder)
    out.mkdir(mode=0o700, exist_ok=True)
    began = datetime.now(UTC)
    pin, so_pin = secrets.token_bytes(8), secrets.token_bytes(8)
    shares = split(pin + so_pin, need=options.need, among=len(holders))
    command = [word.format(label=options.token, so_pin=so_pin.hex(), pin=pin.hex()) for word in options.init.split()]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    pkcs11.lib(options.module).reinitialize()
    with pkcs11.lib(options.module).get_token(token_label=options.token).open(rw=True, user_pin=pin.hex()) as session:
        curve = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        public, private = curve.generate_keypair(
            store=True,
            label=options.token,
            id=b"\x01",
            private_template={pkcs11.Attribute.EXTRACTABLE: False, pkcs11.Attribute.SENSITIVE: True},
        )
        if private[pkcs11.Attribute.EXTRACTABLE] or not private[pkcs11.Attribute.NEVER_EXTRACTABLE]:
            raise SystemExit("the key could be taken out of the token; this token is not fit")
        public_der = encode_ec_public_key(public)
    proven = 0
    for chosen in itertools.combinations(shares, options.need):
        if not _opens(options.module, options.token, join(list(chosen))[:8].hex()):
            raise SystemExit("a set of shares does not open the token; destroy it and begin again")
        proven += 1
    if _opens(options.module, options.token, join(shares[: options.need - 1])[:8].hex()):
        raise SystemExit("too few shares open the token; destroy it and begin again")
    record = {
        "ceremony": options.token,
        "began_at": began.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
        "module": options.module,
        "algorithm": "EC P-256, generated on the token, not extractable",
        "public_key_sha256": hashlib.sha256(public_der).hexdigest(),
        "need": options.need,
        "among": len(holders),
        "holders": holders,
        "share_sha256": [hashlib.sha256(share).hexdigest() for share in shares],
        "sets_proven": proven,
    }
    text = (json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    with pkcs11.lib(options.module).get_token(token_label=options.token).open(user_pin=pin.hex()) as session:
        private = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY)
        signature = private.sign(hashlib.sha256(text).digest(), mechanism=pkcs11.Mechanism.ECDSA)
    (out / "record.json").write_bytes(text)
    (out / "record.sig").write_text(signature.hex() + "\n")
    (out / "public.der").write_bytes(public_der)
    for number, share in enumerate(shares, start=1):
        file = out / f"share-{number}.txt"
        file.touch(mode=0o600)
        file.write_text(share.hex() + "\n")
    sys.stderr.write(
        f"made {options.token}: {options.need} of {len(holders)}, {proven} sets proven; hand the shares out, one each\n"
    )


def open_token(options: argparse.Namespace) -> None:
    """Print the user PIN from enough shares, for the one terminal that activates the key."""
    shares = [bytes.fromhex(Path(file).read_text().strip()) for file in options.share]
    pin = join(shares)[:8].hex()
    if not _opens(options.module, options.token, pin):
        raise SystemExit("these shares do not open the token: too few, or of another ceremony")
    sys.stdout.write(pin + "\n")


def main() -> None:
    """Read the words."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    making, opening = verbs.add_parser("make"), verbs.add_parser("open")
    for one in (making, opening):
        one.add_argument("--module", required=True)
        one.add_argument("--token", required=True)
    making.add_argument("--need", type=int, required=True)
    making.add_argument("--holder", action="append", required=True)
    making.add_argument("--out", required=True)
    making.add_argument("--init", default=_INIT, help="command that initialises the token")
    making.set_defaults(run=make)
    opening.add_argument("share", nargs="+")
    opening.set_defaults(run=open_token)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
