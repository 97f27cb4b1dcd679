"""Tests of Vidimus, and the office they talk to."""
