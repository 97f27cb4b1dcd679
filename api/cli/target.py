"""Where a command acts: in the home of this machine, or at a Vidimus elsewhere that a token lets in."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol, TypeAlias
from urllib.parse import urlsplit

import typer

from api.cli.console import Console
from api.cli.place import Place
from api.errors import RequestInvalid

if TYPE_CHECKING:
    from api.client import Vidimus

Row: TypeAlias = "dict[str, Any]"
"""An object as the description of the API has it."""

_NO_PASSWORD: Final = frozenset({"LOGIN_REFUSED", "SECOND_FACTOR_REQUIRED"})
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class Desk(Protocol):
    """The acts that commands know, wherever they are done; `holder_id` and `agency` say for whom on this machine.

    Elsewhere the token says it, and whoever names somebody beside it is refused.
    """

    def papers(self, holder_id: str | None) -> list[Row]:
        """The papers of a vault, newest first."""

    def write_paper(self, holder_id: str | None, record_id: str, target: BinaryIO) -> None:
        """Write the newest signed file of a paper into an open file."""

    def write_export(self, holder_id: str | None, target: BinaryIO) -> None:
        """Write everything a vault holds and knows into an open file."""

    def erase(self, holder_id: str | None, record_ids: list[str]) -> list[str]:
        """Erase papers for ever; gives their ids."""

    def representatives(self, holder_id: str | None) -> list[Row]:
        """Who may act for a vault, and who might before."""

    def import_procedures(self, content: bytes, *, is_csv: bool, keep: bool) -> Row:
        """Check a file of procedures, and take it in."""

    def proof(self, code: str) -> bytes:
        """The proof that the public log holds the copy of a code; elsewhere one of the own papers."""

    def history(self, holder_id: str | None) -> list[Row]:
        """Who looked, newest first."""

    def shares(self, holder_id: str | None) -> list[Row]:
        """The links of a holder, newest first."""

    def close_share(self, holder_id: str | None, share_id: str) -> None:
        """Take a link back."""

    def share(self, holder_id: str | None, asked: Row) -> Row:
        """Make a link to one paper: `asked` is the body of `POST /v1/shares`."""

    def consents(self, holder_id: str | None) -> list[Row]:
        """The consents of a holder, newest first."""

    def withdraw_consent(self, holder_id: str | None, consent_id: str) -> Row:
        """Withdraw a consent."""

    def procedures(self) -> list[Row]:
        """The procedures in force."""

    def match(self, holder_id: str | None, procedure_id: str) -> Row:
        """A procedure with what the vault has for it."""

    def submissions(self, holder_id: str | None) -> list[Row]:
        """The dossiers of a holder, newest first."""

    def submit(self, holder_id: str | None, asked: Row) -> Row:
        """File a dossier: `asked` is the body of `POST /v1/submissions`."""

    def received(self, agency: str | None) -> list[Row]:
        """The dossiers filed with an agency, newest first."""

    def received_one(self, agency: str | None, submission_id: str) -> Row:
        """One dossier filed with an agency."""

    def write_item(self, agency: str | None, submission_id: str, requirement_id: str, target: BinaryIO) -> None:
        """Fetch one paper of a dossier by its reference, into an open file; the holder sees it."""

    def answer_item(self, agency: str | None, submission_id: str, requirement_id: str, asked: Row) -> Row:
        """Accept or reject one item: `asked` is the body of the answer's route."""

    def write_package(self, holder_id: str | None, submission_id: str, target: BinaryIO) -> None:
        """Write the package of an own dossier by copy into an open file."""

    def write_received_package(self, agency: str | None, submission_id: str, target: BinaryIO) -> None:
        """Write the package of a received dossier by copy into an open file; each paper is a fetch the holder sees."""

    def ask_package_signature(self, holder_id: str | None, submission_id: str, own: Row) -> Row:
        """What the applicant's key has to sign: `own` is the body of the question's route."""

    def keep_package_signature(self, holder_id: str | None, submission_id: str, asked: Row) -> Row:
        """Keep the applicant's signature; gives what stands under the package now."""

    def register(self, agency: str | None) -> tuple[str, list[Row]]:
        """The open book of an agency: its name and its lines."""

    def originals(self, agency: str | None) -> list[Row]:
        """The originals of an agency, oldest first."""


@contextlib.contextmanager
def open_desk(console: Console, place: Place) -> Iterator[Desk]:
    """Open the desk at which a command acts.

    Raises:
        RequestInvalid: a token or a login without a server, or a secret that would travel unencrypted or lies open.
    """
    if place.server is None:
        check_here(place)
        # Imported when it is known which of the two it is: this one needs a database,
        from api.cli.desk_here import HereDesk  # noqa: PLC0415

        # and everything that works on it;
        from api.services import open_services  # noqa: PLC0415

        with open_services(console.settings, with_worker=False) as services:
            yield HereDesk(services)
        return
    # the other needs what speaks HTTP.
    from api.cli.desk_there import ThereDesk  # noqa: PLC0415

    with open_client(console, place) as client:
        yield ThereDesk(client)


def check_here(place: Place) -> None:
    """Refuse a way in where none is needed: who stands at the machine needs none.

    Raises:
        RequestInvalid: a token, a login or a password was named.
    """
    for name in ("token_file", "login", "password_file", "by_browser", "session_file"):
        if getattr(place, name):
            option = f"--{name.replace('_', '-')}"
            raise RequestInvalid(f"{option} goes with --server; at this machine nobody signs in", field="server")


def open_there(console: Console, place: Place) -> AbstractContextManager[Vidimus]:
    """Connect for a command that acts at a server and nowhere else.

    Raises:
        RequestInvalid: no server is named; else as `open_client`.
    """
    if place.server is None:
        raise RequestInvalid("name the office with --server URL", field="server")
    return open_client(console, place)


@contextlib.contextmanager
def open_client(console: Console, place: Place, *, is_public: bool = False) -> Iterator[Vidimus]:
    """Connect to a Vidimus elsewhere: by a token, by a sign-in that ends with the command, or to what is public.

    Raises:
        RequestInvalid: there is no way in, two of them, or a secret would travel unencrypted or everybody may read it.
    """
    # As above: who acts here does not wait for what speaks HTTP.
    from api.cli.line_sign_in import go_on  # noqa: PLC0415

    # As above.
    from api.client import Vidimus, token_from  # noqa: PLC0415

    server = place.server or ""
    where = urlsplit(server)
    if where.scheme not in {"http", "https"} or not where.hostname or where.username or where.query:
        raise RequestInvalid(f"--server {server!r} is no address such as https://chung-thuc.example", field="server")
    chosen = _token_file(console, place)
    has_secret = chosen is not None or place.login is not None or place.session_file is not None
    if not has_secret and not is_public:
        raise RequestInvalid(
            "name the file of a token (--token-file FILE or VIDIMUS_TOKEN_FILE), or sign in with --login NAME",
            field="token_file",
        )
    if has_secret and where.scheme == "http" and where.hostname not in _LOOPBACK:
        raise RequestInvalid("a token or a password goes over https, or to this machine itself", field="server")
    if chosen is not None:
        _check_private(chosen, field="token_file")
    token = token_from(chosen) if chosen is not None else None
    with Vidimus(server.rstrip("/"), token=token, language=console.language) as client:
        if place.session_file is not None:
            _check_private(place.session_file, field="session_file")
            go_on(place.session_file, client, server=server)
        if place.login is None:
            yield client
            return
        _sign_in(console, client, place, login=place.login)
        try:
            with _leading_to_tokens(console):
                yield client
        finally:
            _sign_out(client)


def _sign_in(console: Console, client: Vidimus, place: Place, *, login: str) -> None:
    if place.by_browser:
        # As above.
        from api.cli.line_sign_in import come_in_by_browser  # noqa: PLC0415

        come_in_by_browser(console, client, server=place.server or "", login=login)
        return
    password = _password(place)
    with _leading_to_tokens(console):
        client.sign_in(login, password)


@contextlib.contextmanager
def _leading_to_tokens(console: Console) -> Iterator[None]:
    """Tell whoever has no password, or for whom a password is not enough, of the way that is left."""
    # As above.
    from api.client import Refused  # noqa: PLC0415

    try:
        yield
    except Refused as refused:
        if refused.code in _NO_PASSWORD:
            console.tell("cli.login.token_instead")
        raise


def _token_file(console: Console, place: Place) -> Path | None:
    if place.login is None and place.password_file is not None:
        raise RequestInvalid("--password-file goes with --login", field="login")
    if place.by_browser and (place.login is None or place.password_file is not None):
        raise RequestInvalid("--by-browser goes with --login, and takes no password", field="login")
    if place.session_file is not None:
        if place.login is not None or place.token_file is not None:
            raise RequestInvalid("come in by --session-file or another way, not by two", field="session_file")
        return None
    if place.login is None:
        return place.token_file or console.settings.token_file
    if place.token_file is not None:
        raise RequestInvalid("come in by --token-file or by --login, not by both", field="login")
    return None


def _password(place: Place) -> str:
    if place.password_file is None:
        return str(typer.prompt("Password", hide_input=True, err=True))
    _check_private(place.password_file, field="password_file")
    return place.password_file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")


def _sign_out(client: Vidimus) -> None:
    # As above.
    from api.client import VidimusError  # noqa: PLC0415

    # What was done is done: a session that could not be ended any more ends by itself, and says nothing about the act.
    with contextlib.suppress(VidimusError):
        client.sign_out()


def _check_private(path: Path, *, field: str) -> None:
    found = path.stat()
    if stat.S_ISREG(found.st_mode) and found.st_mode & 0o077:
        raise RequestInvalid(
            f"others may read {path}; chmod 600 it, and take the secret in it out of use if they did", field=field
        )
