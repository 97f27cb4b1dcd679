"""`vidimus sign FILE`, `seal` and `extend`, in a demo office of the test's own."""

from __future__ import annotations
