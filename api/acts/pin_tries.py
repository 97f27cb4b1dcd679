"""Opening an officer's key by PIN: wrong PINs are counted, because a key file gives no lock-out of its own."""

from __future__ import annotations

from api.identity import count_attempt, forget_attempts
from api.services import Services
from keys import ActivationRequest, Pin


def open_by_pin(services: Services, request: ActivationRequest, pin: Pin) -> str:
    """Open a person's key for exactly this request and give the activation's id; a right PIN begins the count anew.

    Raises:
        WrongPin: the PIN does not open the key.
        TooManyRequests: ten wrong PINs within a quarter of an hour.
        ActivationError, TokenError, RemoteKeyError: the key cannot be opened for this.
    """
    tries = f"pin:{request.user_id}"
    with services.database.transaction() as tx:
        count_attempt(tx, subject=tries, at=services.clock.now())
    activation_id = services.desk.activate_by_pin(request, pin)
    with services.database.transaction() as tx:
        forget_attempts(tx, subject=tries)
    return activation_id
