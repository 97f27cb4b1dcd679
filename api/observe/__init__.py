"""What an operator sees: the facts of a running office, as metrics, and in the table of `vidimus doctor`."""

from __future__ import annotations
