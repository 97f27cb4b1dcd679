"""The served office, for tests of the doors."""

from __future__ import annotations

from tests.command_line import command_line, line, office_line, there  # noqa: F401 - fixtures
from tests.running import founded_home, running  # noqa: F401 - fixtures
