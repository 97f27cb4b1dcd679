"""Trusted lists: what is read, what is refused, and what the anchors in them vouch for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from guard import Isolation, SandboxPool
from keys import (
    AnchorScope,
    ListReason,
    Mode,
    Purpose,
    TrustAnchors,
    TrustedList,
    TrustedListRefused,
    TrustFolderUnusable,
    check_continues,
    load_trust_folder,
    read_trusted_list,
    trusted_list_sandbox,
)
from keys.trusted_list_xml import parse_trusted_list
from signing.verify import SubIndication, Verdict, verify_pdf
from tests.attack.make_signed import SignedCopy, make_signed_copy
from tests.office import OFFICE_OPENS_AT, Office
from tests.trusted_lists import (
    FOR_SEALS,
    FOR_SIGNATURES,
    FOR_SITES,
    GRANTED,
    LONG_AGO,
    QTST,
    WITHDRAWN,
    ListFacts,
    Publisher,
    Service,
    write_list,
)

AT = OFFICE_OPENS_AT
ISSUED = AT - timedelta(days=10)
PUBLISHER = Publisher(at=AT)
STRANGER = Publisher("Somebody else", at=AT)
SIGNING, SEAL, TIMESTAMP = (frozenset({purpose}) for purpose in Purpose)


def facts(*services: Service, **changes: object) -> ListFacts:
    whole = ListFacts(services or (Service(PUBLISHER.der),), ISSUED)
    return replace(whole, **changes)  # type: ignore[arg-type]


def read(xml: bytes, *signers: bytes) -> TrustedList:
    return parse_trusted_list(xml, signers_der=signers or (PUBLISHER.der,))


def reason_of(act: Callable[[], object]) -> ListReason:
    with pytest.raises(TrustedListRefused) as caught:
        act()
    return caught.value.reason


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with trusted_list_sandbox(Isolation.RLIMITS) as pool:
        yield pool


def test_signed_list_is_read_whole() -> None:
    found = read(PUBLISHER.sign(write_list(facts(Service(STRANGER.der, uses=(FOR_SIGNATURES,))))), PUBLISHER.der)
    assert (found.territory, found.operator, found.sequence_number) == ("XT", "Operator of Thí Dụ", 7)
    assert (found.issued_at, found.next_update) == (ISSUED, ISSUED + timedelta(days=180))
    assert [service.certificate_der for service in found.services] == [STRANGER.der]
    assert [scope.purposes for scope in found.services[0].scopes] == [SIGNING]
    assert TrustedList.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_second_given_certificate_may_have_signed_it() -> None:
    assert read(PUBLISHER.sign(write_list(facts())), STRANGER.der, PUBLISHER.der).sequence_number == 7


@pytest.mark.parametrize(
    ("uses", "kind", "purposes"),
    [
        ((), None, SIGNING | SEAL),
        ((FOR_SIGNATURES,), None, SIGNING),
        ((FOR_SEALS,), None, SEAL),
        ((FOR_SIGNATURES, FOR_SITES), None, SIGNING),
        ((), QTST, TIMESTAMP),
    ],
    ids=["unnamed", "signatures", "seals", "signatures and sites", "time-stamps"],
)
def test_service_vouches_for_what_it_is_listed_for(
    uses: tuple[str, ...], kind: str | None, purposes: frozenset[Purpose]
) -> None:
    service = Service(STRANGER.der, uses=uses)
    found = read(PUBLISHER.sign(write_list(facts(service if kind is None else replace(service, kind=kind)))))
    assert [scope.purposes for scope in found.services[0].scopes] == [purposes]


def test_withdrawn_service_vouches_for_the_years_in_which_it_was_granted() -> None:
    middle, end = LONG_AGO + timedelta(days=365), LONG_AGO + timedelta(days=730)
    was = Service(STRANGER.der, status=WITHDRAWN, since=end, history=((GRANTED, middle), (WITHDRAWN, LONG_AGO)))
    found = read(PUBLISHER.sign(write_list(facts(was, Service(PUBLISHER.der)))))
    scope = found.services[0].scopes
    assert [(one.since, one.until) for one in scope] == [(middle, end)]
    assert not scope[0].permits(SIGNING, at=middle - timedelta(seconds=1))
    assert scope[0].permits(SIGNING, at=middle)
    assert not scope[0].permits(SIGNING, at=end)


DOCTYPE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
REFUSED = {
    "unsigned": (write_list(facts()), ListReason.SIGNATURE),
    "signed by a stranger": (STRANGER.sign(write_list(facts())), ListReason.SIGNATURE),
    "a list of lists": (
        PUBLISHER.sign(write_list(facts(kind="http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists"))),
        ListReason.LIST_OF_LISTS,
    ),
    "a closed list": (PUBLISHER.sign(write_list(facts(lives=None))), ListReason.EXPIRED),
    "an old version": (PUBLISHER.sign(write_list(facts(version="4"))), ListReason.MALFORMED),
    "web sites only": (
        PUBLISHER.sign(write_list(facts(Service(STRANGER.der, uses=(FOR_SITES,))))),
        ListReason.NO_SERVICE,
    ),
    "nothing granted": (
        PUBLISHER.sign(write_list(facts(Service(STRANGER.der, status=WITHDRAWN)))),
        ListReason.NO_SERVICE,
    ),
    "no certificate in it": (PUBLISHER.sign(write_list(facts(Service(b"none")))), ListReason.MALFORMED),
    "a DTD": (DOCTYPE.encode() + write_list(facts()), ListReason.DTD),
    "entities hidden by blanks": (b"<! DOCTYPE x>" + write_list(facts()), ListReason.DTD),
    "UTF-16": (write_list(facts()).decode().encode("utf-16"), ListReason.MALFORMED),
    "UTF-16 without a mark": (DOCTYPE.encode("utf-16-le"), ListReason.MALFORMED),
    "another encoding": (b'<?xml version="1.0" encoding="UTF-7"?>+ADw-x/+AD4-', ListReason.MALFORMED),
    "another root": (b"<html/>", ListReason.MALFORMED),
    "no XML": (b"%PDF-1.7", ListReason.MALFORMED),
    "empty": (b"", ListReason.MALFORMED),
    "deep as a well": (b"<a>" * 100_000, ListReason.MALFORMED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_list_that_must_not_be_relied_on_is_refused(name: str) -> None:
    xml, reason = REFUSED[name]
    assert reason_of(lambda: read(xml)) is reason


@pytest.mark.parametrize("place", [b"XT", b"Operator of", b"granted", b"2020"])
def test_list_changed_anywhere_after_signing_is_refused(place: bytes) -> None:
    signed = PUBLISHER.sign(write_list(facts()))
    changed = signed.replace(place, place[:-1] + bytes([place[-1] ^ 1]), 1)
    assert changed != signed
    assert reason_of(lambda: read(changed)) is ListReason.SIGNATURE


def test_signed_list_wrapped_into_a_forged_one_gives_nothing_of_the_forgery() -> None:
    signed = etree.fromstring(PUBLISHER.sign(write_list(facts(Service(PUBLISHER.der)))))
    forged = etree.fromstring(write_list(facts(Service(STRANGER.der), sequence=99)))
    forged.set("Id", "forged")
    signature = signed.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    forged.append(signature)
    forged.append(signed)
    assert reason_of(lambda: read(etree.tostring(forged))) is ListReason.SIGNATURE


@pytest.mark.slow
def test_list_is_read_in_a_child(sandbox: SandboxPool) -> None:
    xml = PUBLISHER.sign(write_list(facts()))
    assert read_trusted_list(xml, signers_der=(PUBLISHER.der,), at=AT, sandbox=sandbox) == read(xml)
    wrong = lambda: read_trusted_list(xml, signers_der=(STRANGER.der,), at=AT, sandbox=sandbox)  # noqa: E731
    assert reason_of(wrong) is ListReason.SIGNATURE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("later", "reason"),
    [(timedelta(days=180), ListReason.EXPIRED), (timedelta(days=-11), ListReason.NOT_YET)],
    ids=["past its next update", "before it was issued"],
)
def test_list_out_of_its_time_is_not_imported(sandbox: SandboxPool, later: timedelta, reason: ListReason) -> None:
    xml = PUBLISHER.sign(write_list(facts()))
    act = lambda: read_trusted_list(xml, signers_der=(PUBLISHER.der,), at=AT + later, sandbox=sandbox)  # noqa: E731
    assert reason_of(act) is reason


@pytest.mark.slow
def test_huge_list_or_one_without_a_named_signer_reaches_no_parser(sandbox: SandboxPool) -> None:
    big = b"<a>" * 7_000_000
    one = lambda: read_trusted_list(big, signers_der=(PUBLISHER.der,), at=AT, sandbox=sandbox)  # noqa: E731
    two = lambda: read_trusted_list(b"<a/>", signers_der=(), at=AT, sandbox=sandbox)  # noqa: E731
    assert (reason_of(one), reason_of(two)) == (ListReason.TOO_LARGE, ListReason.SIGNER)


def test_older_list_or_one_of_another_country_replaces_nothing() -> None:
    old = read(PUBLISHER.sign(write_list(facts())))
    check_continues(old, old=old)
    check_continues(replace(old, sequence_number=8, sha256_hex="x"), old=old)
    for new, reason in (
        (replace(old, sequence_number=6, sha256_hex="x"), ListReason.OLDER),
        (replace(old, sha256_hex="another of the same number"), ListReason.OLDER),
        (replace(old, territory="YT"), ListReason.OTHER_TERRITORY),
    ):
        assert reason_of(lambda new=new: check_continues(new, old=old)) is reason


@pytest.fixture
def folder(office: Office) -> Path:
    path = office.folder / "trust"
    office.authority.export_trust(path, at=office.now)
    return path


def listed(office: Office, *, at: datetime, **service: object) -> TrustedList:
    one = Service(office.authority.root_der, **service)  # type: ignore[arg-type]
    return read(PUBLISHER.sign(write_list(facts(one, issued_at=at - timedelta(days=1)))))


def test_imported_list_gives_anchors_with_their_scopes(office: Office, folder: Path) -> None:
    found = listed(office, at=office.now, uses=(FOR_SEALS,))
    (folder / "root.pem").unlink()
    (folder / "lists").mkdir()
    (folder / "lists" / "xt.json").write_text(json.dumps(found.to_dict()))
    trust = load_trust_folder(folder, mode=Mode.DEMO)
    assert trust.roots_der == (office.authority.root_der,)
    assert trust.lists == (found,)
    assert trust.missing_purposes(at=office.now) == (Purpose.SIGNING, Purpose.TIMESTAMP)
    assert trust.stale_lists(at=office.now) == ()
    assert trust.stale_lists(at=found.next_update) == (found,)


def test_root_in_a_folder_of_one_purpose_has_that_purpose_only(office: Office, folder: Path) -> None:
    (folder / "timestamps").mkdir()
    (folder / "root.pem").rename(folder / "timestamps" / "root.pem")
    trust = load_trust_folder(folder, mode=Mode.DEMO)
    assert trust.missing_purposes(at=office.now) == (Purpose.SIGNING, Purpose.SEAL)


def test_root_trusted_for_everything_is_not_limited_by_a_second_place(office: Office, folder: Path) -> None:
    (folder / "seals").mkdir()
    (folder / "seals" / "root.pem").write_bytes((folder / "root.pem").read_bytes())
    trust = load_trust_folder(folder, mode=Mode.DEMO)
    assert (trust.scopes, trust.missing_purposes(at=office.now)) == ((), ())


@pytest.mark.parametrize("content", [b"{}", b"[]", b"no JSON", b'{"format": 1, "services": 5}'])
def test_damaged_stored_list_stops_instead_of_vanishing(folder: Path, content: bytes) -> None:
    (folder / "lists").mkdir()
    (folder / "lists" / "xt.json").write_bytes(content)
    with pytest.raises(TrustFolderUnusable, match=r"xt\.json"):
        load_trust_folder(folder, mode=Mode.DEMO)


@pytest.fixture
def copy(office: Office) -> SignedCopy:
    return make_signed_copy(office)


def limited(copy: SignedCopy, *, until: datetime | None = None, purposes: frozenset[Purpose]) -> TrustAnchors:
    import hashlib

    digest = hashlib.sha256(copy.trust.roots_der[0]).hexdigest()
    return replace(copy.trust, scopes=(AnchorScope(digest, purposes, None, until),))


def test_copy_is_valid_when_its_root_vouches_for_all_three(copy: SignedCopy) -> None:
    trust = limited(copy, purposes=SIGNING | SEAL | TIMESTAMP)
    assert verify_pdf(copy.pdf, trust=trust, at=copy.at).verdict is Verdict.VALID_WITH_WARNING


@pytest.mark.parametrize("purposes", [SIGNING | SEAL, TIMESTAMP], ids=["no time-stamps", "time-stamps only"])
def test_root_for_one_thing_confirms_nothing_else(copy: SignedCopy, purposes: frozenset[Purpose]) -> None:
    report = verify_pdf(copy.pdf, trust=limited(copy, purposes=purposes), at=copy.at)
    assert report.verdict is Verdict.INDETERMINATE
    assert all(one.technically_valid for one in report.signatures)
    assert SubIndication.NO_CERTIFICATE_CHAIN_FOUND in {one.sub_indication for one in report.signatures}


def test_root_whose_permission_ended_before_the_signature_confirms_nothing(copy: SignedCopy) -> None:
    everything = SIGNING | SEAL | TIMESTAMP
    assert verify_pdf(copy.pdf, trust=limited(copy, until=LONG_AGO, purposes=everything), at=copy.at).verdict is (
        Verdict.INDETERMINATE
    )
