"""One token by PKCS#11: one login however many keys are open, a pool of sessions, one re-login, never a second PIN try.

A login belongs to the whole process, so whoever comes second could open a colleague's key with any PIN. Therefore a
PIN that comes while the token is open is compared with the one that opened it, and the token is not asked.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pkcs11
from pkcs11 import exceptions as faults

from keys.errors import TokenFailed, TokenKeyMissing, TokenMissing, TokenPinLocked, WrongPin
from keys.pin import Pin
from keys.pkcs11_uri import Pkcs11Uri

_T = TypeVar("_T")
_MAX_IDLE_SESSIONS = 8
# The session, the login or the token is gone; anything else is not healed by a new login.
_LOST = (
    faults.DeviceError,
    faults.DeviceRemoved,
    faults.KeyHandleInvalid,
    faults.ObjectHandleInvalid,
    faults.SessionClosed,
    faults.SessionHandleInvalid,
    faults.TokenNotPresent,
    faults.TokenNotRecognised,
    faults.UserNotLoggedIn,
)
_NO_TOKEN = (faults.NoSuchToken, faults.TokenNotPresent, faults.TokenNotRecognised, faults.DeviceRemoved)


class TokenModule:
    """The driver of a kind of token; a process holds one of each.

    The library initialises drivers for one thread at a time (C_Initialize without locking), so every call holds `lock`.
    """

    def __init__(self, path: Path) -> None:
        """Load the module.

        Raises:
            TokenFailed: it is no PKCS#11 module of this system.
        """
        self.lock = threading.RLock()
        try:
            self._library: Any = pkcs11.lib(str(path))
        except (faults.PKCS11Error, RuntimeError, OSError) as exc:
            raise TokenFailed(f"the PKCS#11 module {path.name} cannot be loaded: {type(exc).__name__}") from exc

    def find(self, uri: Pkcs11Uri) -> Any:
        """Give the one token that a URI names.

        Raises:
            TokenMissing: none, or two of that name.
        """
        found = [token for token in self.tokens() if _is_meant(token, uri)]
        if len(found) != 1:
            what = "no token" if not found else "two tokens"
            raise TokenMissing(f"{what} of this name or serial is plugged in; plug in the right one and try again")
        return found[0]

    def tokens(self) -> list[Any]:
        """Give every token that is plugged in.

        Raises:
            TokenFailed: the driver cannot say.
        """
        try:
            with self.lock:
                return list(self._library.get_tokens())
        except faults.PKCS11Error as exc:
            raise TokenFailed(f"the token module answered {type(exc).__name__}") from exc


class Token:
    """One token, shared by every key on it; safe for several threads."""

    def __init__(self, module: TokenModule, uri: Pkcs11Uri) -> None:
        self._module = module
        self._uri = uri
        self._lock = module.lock
        self._pin: Pin | None = None
        self._users = 0
        self._login: Any = None
        self._idle: list[Any] = []
        self._generation = 0

    def enter(self, pin: Pin, *, key_id: str) -> None:
        """Log in, or prove the PIN when somebody is logged in already; `leave` gives it back.

        Raises:
            WrongPin: the token refused the PIN; it was tried once.
            TokenPinLocked: the token refuses every PIN.
            TokenMissing, TokenFailed: see there.
        """
        with self._lock:
            if self._users and self._pin is not None and self._login is not None:
                if not hmac.compare_digest(pin.reveal(), self._pin.reveal()):
                    raise WrongPin(key_id)
            else:
                self._log_in(pin, key_id=key_id)
                self._pin = pin
            self._users += 1

    def leave(self) -> None:
        """Give one `enter` back; the last one logs out and forgets the PIN."""
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._pin = None
                self._drop_sessions()

    def use(self, act: Callable[[Any, Pin], _T], *, key_id: str) -> _T:
        """Do something in a session; when the session was lost, log in once more and do it again.

        Raises:
            TokenMissing: the token was pulled out.
            WrongPin: its PIN was changed meanwhile; it was tried once, and not again for this login.
            TokenFailed: any other fault.
        """
        generation = self._generation
        try:
            return self._once(act)
        except _LOST:
            self._log_in_again(generation, key_id=key_id)
        try:
            return self._once(act)
        except _LOST as exc:
            raise TokenMissing(f"the token of key {key_id} was pulled out; plug it in and approve again") from exc

    def _once(self, act: Callable[[Any, Pin], _T]) -> _T:
        with self._lock, self._session() as session:
            pin = self._pin
            if pin is None:
                raise TokenMissing("the token was pulled out and its login is over; approve again")
            try:
                return act(session, pin)
            except _LOST:
                raise
            except faults.PKCS11Error as exc:
                raise TokenFailed(f"the token answered {type(exc).__name__}; nothing was signed") from exc

    @contextmanager
    def _session(self) -> Iterator[Any]:
        generation = self._generation
        session = self._idle.pop() if self._idle else self._open()
        try:
            yield session
        finally:
            if generation == self._generation and len(self._idle) < _MAX_IDLE_SESSIONS:
                self._idle.append(session)
            else:
                with suppress(faults.PKCS11Error):
                    session.close()

    def _open(self) -> Any:
        if self._login is None:
            raise faults.UserNotLoggedIn
        try:
            return self._login.token.open()
        except faults.GeneralError as exc:
            # What some modules say when the reader is gone.
            raise faults.DeviceRemoved from exc

    def _log_in_again(self, generation: int, *, key_id: str) -> None:
        """Log in once for all threads that met the same loss."""
        with self._lock:
            if generation != self._generation:
                return
            pin = self._pin
            if pin is None:
                self._drop_sessions()
                raise TokenMissing(f"the token of key {key_id} was pulled out; plug it in and approve again")
            try:
                self._log_in(pin, key_id=key_id)
            except (WrongPin, TokenPinLocked):
                # A PIN that was right once and is refused now was changed: a second try could lock the token.
                self._pin = None
                raise

    def _log_in(self, pin: Pin, *, key_id: str) -> None:
        token = self._module.find(self._uri)
        self._drop_sessions()
        try:
            self._login = token.open(user_pin=pin.reveal().decode())
        except (faults.PinIncorrect, faults.PinInvalid, faults.PinLenRange):
            # Not chained: the frames of the foreign exception hold the PIN.
            raise WrongPin(key_id) from None
        except (faults.PinLocked, faults.PinExpired, faults.UserPinNotInitialized):
            raise TokenPinLocked(f"the token of key {key_id} refuses every PIN; its issuer can unlock it") from None
        except _NO_TOKEN:
            raise TokenMissing(f"the token of key {key_id} is not there; plug it in and try again") from None
        except faults.PKCS11Error as exc:
            name = type(exc).__name__
            raise TokenFailed(f"the token of key {key_id} could not be opened ({name})") from None

    def _drop_sessions(self) -> None:
        self._generation += 1
        for session in (*self._idle, self._login):
            if session is not None:
                with suppress(faults.PKCS11Error):
                    session.close()
        self._idle.clear()
        self._login = None


def find_object(session: Any, kind: pkcs11.ObjectClass, uri: Pkcs11Uri) -> Any:
    """Give the one object of a kind that a URI names.

    Raises:
        TokenKeyMissing: none, or two.
    """
    wanted: dict[Any, Any] = {pkcs11.Attribute.CLASS: kind}
    if uri.object_id is not None:
        wanted[pkcs11.Attribute.ID] = uri.object_id
    if uri.object_label is not None:
        wanted[pkcs11.Attribute.LABEL] = uri.object_label
    found = list(session.get_objects(wanted))
    if len(found) != 1:
        raise TokenKeyMissing(f"the token holds {len(found)} objects of this name; give id and object in the URI")
    return found[0]


def _is_meant(token: Any, uri: Pkcs11Uri) -> bool:
    serial = token.serial.decode("utf-8", "replace") if isinstance(token.serial, bytes) else str(token.serial)
    pairs = (
        (uri.token, token.label),
        (uri.serial, serial.strip()),
        (uri.manufacturer, token.manufacturer_id),
        (uri.model, token.model),
    )
    return all(wanted is None or wanted == str(found).rstrip() for wanted, found in pairs)
