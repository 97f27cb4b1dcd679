"""What a reform did, in the form that the commands print."""

from __future__ import annotations

from api.cli.target import Row


def reform_rows(told: Row) -> Row:
    """Put the answer of `POST /v1/agency-reforms` into the form of the commands."""
    return {name: value for name, value in told.items() if name not in {"ending", "books"}} | {
        "ending": [_short(one) for one in told["ending"]],
        "books": [_short(one) for one in told["books"]],
    }


def _short(row: Row) -> Row:
    return {"agency": row["agency_code"]} | {name: value for name, value in row.items() if name != "agency_code"}
