"""Writes a notice as an e-mail and hands it to the configured server; the address is opened for that moment only."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from api.delivery.handover_mail import Letter, is_handover, open_letter
from api.delivery.words import words_of
from api.errors import NotDelivered
from api.messages import Messages
from guard import EgressFailed, EgressRefused, MailDoor, MailRefused
from keys import KeysError
from vault import BlobShredded, BlobVault, Database, NotFound, VaultError
from vault.delivery import Contact, Delivery, Notice, get_notice, read_contact, read_party


@dataclass(frozen=True, slots=True)
class Told:
    """A notice with the contact of the one it goes to."""

    notice: Notice
    contact: Contact


def open_notice(database: Database, blobs: BlobVault, delivery: Delivery) -> Told:
    """Read what is sent and open where it goes.

    Raises:
        NotDelivered: its receiver was erased or gave no contact, or the address cannot be opened now.
    """
    try:
        with database.read() as tx:
            notice = get_notice(tx, delivery.subject_id)
            return Told(notice, read_contact(tx, read_party(delivery.target), vault=blobs).contact)
    except (NotFound, BlobShredded) as exc:
        raise NotDelivered("RECEIVER_GONE", is_final=True) from exc
    except (VaultError, KeysError) as exc:
        raise NotDelivered("VAULT_UNAVAILABLE", is_final=False) from exc


@dataclass(frozen=True, slots=True)
class MailCarrier:
    """`Carrier` for e-mail."""

    database: Database
    blobs: BlobVault
    messages: Messages
    door: MailDoor
    sender: str
    door_url: str
    mark: str
    """What stands before the subject of a home that is no production one; empty in production."""

    def carry(self, delivery: Delivery) -> None:
        """Send one notice as a mail.

        Raises:
            NotDelivered: the server did not take it.
        """
        letter = self._letter(delivery)
        message = self._write(delivery, letter)
        try:
            self.door.send(message, sender=self.sender, recipient=letter.email)
        except MailRefused as exc:
            raise NotDelivered(exc.code, is_final=True) from exc
        except EgressRefused as exc:
            # A certificate or an address that is set right by a person: worth waiting for.
            raise NotDelivered("EGRESS_REFUSED", is_final=False) from exc
        except EgressFailed as exc:
            raise NotDelivered("EGRESS_FAILED", is_final=False) from exc

    def _letter(self, delivery: Delivery) -> Letter:
        if is_handover(delivery):
            return open_letter(self.database, self.blobs, self.messages, delivery, door_url=self.door_url)
        told = open_notice(self.database, self.blobs, delivery)
        if not told.contact.by_email:
            raise NotDelivered("NOT_WANTED", is_final=True)
        words = words_of(told.notice, self.messages, told.contact.language)
        return Letter(told.contact.email, told.contact.language, words, (self.door_url + words.path,), told.notice.at)

    def _write(self, delivery: Delivery, letter: Letter) -> EmailMessage:
        language, words = letter.language, letter.words
        lines = [words.what, words.todo, *letter.links, self.messages.text("mail.foot", language)]
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = letter.email
        message["Subject"] = self.mark + words.title
        message["Date"] = format_datetime(letter.at)
        # The same at every attempt: who gets it twice after a crash has it once.
        message["Message-ID"] = f"<{delivery.delivery_id}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content("\n\n".join(lines) + "\n")
        # After the content: setting that takes every header of its kind away.
        message["Content-Language"] = language
        return message
