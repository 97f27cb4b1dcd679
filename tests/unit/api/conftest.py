"""The served office, for tests of the doors."""

from __future__ import annotations

from tests.running import founded_home, running  # noqa: F401 - fixtures
