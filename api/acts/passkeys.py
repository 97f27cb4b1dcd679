"""Passkeys: make one for the own account, come in with one, confirm with one, take one away."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_address

from api.access import Principal, check_second_factor
from api.acts.account_news import AccountChange, tell_owner
from api.acts.sign_in import Entry, Visitor, confirm, count_address, enter
from api.errors import LoginRefused
from api.identity import Account, Authentication, Method, accounts_of, end_sessions_of, find_account_by_id
from api.identity.passkeys import (
    CHALLENGE_LIFETIME,
    OwnPasskey,
    Purpose,
    account_of_passkey,
    add_passkey,
    get_passkey,
    new_challenge,
    note_use,
    own_passkeys,
    passkeys_of,
    remove_passkey,
    use_challenge,
)
from api.services import Services
from api.settings import Settings
from keys import (
    PasskeyReason,
    PasskeyRefused,
    RelyingParty,
    assertion_options,
    challenge_of,
    credential_id_of,
    registration_options,
    verify_assertion,
    verify_registration,
)


def relying_party(settings: Settings) -> RelyingParty:
    """Say under which host name and origins browsers know this office; an address in numbers cannot have passkeys."""
    hosts = [host for host in settings.allowed_hosts if not _is_number(host)]
    host = hosts[0] if hosts else "localhost"
    origins = [f"https://{host}", f"https://{host}:{settings.port}"]
    if host == "localhost":
        origins.append(f"http://localhost:{settings.port}")
    return RelyingParty(host, "Vidimus", tuple(origins))


def ask_to_sign_in(services: Services) -> tuple[str, datetime]:
    """Give what a browser needs to offer the passkeys it has for this office, and until when; nobody is named."""
    challenge, ends_at = _ask(services, Purpose.SIGN_IN, account=None)
    return assertion_options(relying_party(services.settings), challenge=challenge, passkeys=()), ends_at


def sign_in_by_passkey(services: Services, answer: str, *, visitor: Visitor) -> Entry:
    """Open a session for whom a passkey answers.

    Raises:
        PasskeyRefused: not an answer to our question, not a passkey we know, or its user was not verified.
        LoginRefused: its account is closed.
        TooManyRequests: too many wrong answers from this address.
    """
    try:
        account = _judge(services, answer, Purpose.SIGN_IN, account=None)
    except (PasskeyRefused, LoginRefused):
        count_address(services, visitor.address)
        raise
    return enter(services, account, by=Authentication(Method.PASSKEY), visitor=visitor)


def has_passkey(services: Services, principal: Principal) -> bool:
    """Whether the one signed in has a passkey to confirm with."""
    with services.database.read() as tx:
        return bool(passkeys_of(tx, principal.subject_id))


def ask_to_confirm(services: Services, principal: Principal) -> tuple[str, datetime]:
    """Give what the browser needs to have one of the own passkeys confirm who is there."""
    challenge, ends_at = _ask(services, Purpose.CONFIRM, account=principal.own_session.account)
    with services.database.read() as tx:
        known = passkeys_of(tx, principal.subject_id)
    return assertion_options(relying_party(services.settings), challenge=challenge, passkeys=known), ends_at


def confirm_by_passkey(services: Services, principal: Principal, answer: str, *, address: str) -> Entry:
    """Let the one signed in show again who they are; token and secret of the session are new afterwards.

    Raises:
        PasskeyRefused: another's passkey, or no answer to our question.
        TooManyRequests: too many wrong answers from this address.
    """
    try:
        _judge(services, answer, Purpose.CONFIRM, account=principal.own_session.account)
    except (PasskeyRefused, LoginRefused):
        count_address(services, address)
        raise
    return confirm(services, principal, by=Authentication(Method.PASSKEY))


def ask_to_register(services: Services, principal: Principal) -> tuple[str, datetime]:
    """Give what a browser needs to make a passkey for the one signed in, and until when."""
    check_second_factor(principal)
    account = principal.own_session.account
    challenge, ends_at = _ask(services, Purpose.REGISTER, account=account)
    with services.database.read() as tx:
        known = passkeys_of(tx, principal.subject_id)
    options = registration_options(
        relying_party(services.settings),
        user_id=principal.subject_id,
        user_name=account.login,
        challenge=challenge,
        known=known,
    )
    return options, ends_at


def register_passkey(services: Services, principal: Principal, answer: str) -> None:
    """Keep a new passkey: it signs its owner in, and it opens a signing key that passkeys guard.

    Raises:
        SecondFactorRequired: a password alone opened the session, and a role wants more.
        PasskeyRefused: the answer is not to our question, or its user was not verified.
        RequestInvalid: known already, or too many.
    """
    check_second_factor(principal)
    account, at = principal.own_session.account, services.clock.now()
    challenge = challenge_of(answer)
    with services.database.transaction() as tx:
        use_challenge(tx, challenge, Purpose.REGISTER, account_id=account.account_id, at=at)
    made = verify_registration(
        relying_party(services.settings), answer, user_id=principal.subject_id, challenge=challenge
    )
    with services.database.transaction() as tx:
        add_passkey(tx, made, at=at, account_id=account.account_id)
        tell_owner(services, tx, account, AccountChange.PASSKEY_ADDED)


def list_own(services: Services, principal: Principal) -> tuple[OwnPasskey, ...]:
    """List the passkeys of the one signed in, the newest first."""
    with services.database.read() as tx:
        return own_passkeys(tx, principal.subject_id)


def remove_own(services: Services, principal: Principal, passkey_id: str) -> None:
    """Take one of the own passkeys away; every other session ends, because the device may be lost with it.

    Raises:
        NotFound: there is none of this id, or it is somebody else's.
    """
    with services.database.transaction() as tx:
        remove_passkey(tx, principal.subject_id, passkey_id)
        for one in accounts_of(tx, door=principal.own_session.account.door, subject_id=principal.subject_id):
            end_sessions_of(tx, one.account_id, but=principal.own_session)
        tell_owner(services, tx, principal.own_session.account, AccountChange.PASSKEY_REMOVED)


def _ask(services: Services, purpose: Purpose, *, account: Account | None) -> tuple[bytes, datetime]:
    at = services.clock.now()
    with services.database.transaction() as tx:
        challenge = new_challenge(
            tx,
            purpose,
            account_id=account.account_id if account else None,
            at=at,
            random_bytes=services.random_bytes,
        )
    return challenge, at + CHALLENGE_LIFETIME


def _judge(services: Services, answer: str, purpose: Purpose, *, account: Account | None) -> Account:
    at, challenge = services.clock.now(), challenge_of(answer)
    # Used up before it is judged, in a transaction of its own: an answer is tried once, right or wrong.
    with services.database.transaction() as tx:
        use_challenge(tx, challenge, purpose, account_id=account.account_id if account else None, at=at)
    with services.database.read() as tx:
        known = get_passkey(tx, credential_id_of(answer))
        owner = account_of_passkey(tx, known.credential_id)
    proof = verify_assertion(relying_party(services.settings), answer, challenge=challenge, passkey=known)
    if account is not None and (owner.door, owner.subject_id) != (account.door, account.subject_id):
        raise PasskeyRefused("this passkey is somebody else's", reason=PasskeyReason.UNKNOWN_PASSKEY)
    with services.database.transaction() as tx:
        if find_account_by_id(tx, owner.account_id) is None:
            raise LoginRefused("the account of this passkey is closed")
        note_use(tx, proof.passkey, at=at)
    return owner


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
