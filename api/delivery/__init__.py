"""The courier: turns messages of the outbox into notices and sendings, and carries these out of the house."""
