"""Figures, retention and reforms at a Vidimus elsewhere, as the administrator or auditor who signed in."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any, Final
from urllib.parse import quote

from api.cli.establishment_there import asked_moment, moment
from api.cli.overseer_desk import Wanted
from api.cli.reform_rows import reform_rows
from api.cli.target import Row
from api.client import Vidimus, new_key

_PAGE: Final = 100


class OverseerThere:
    """Acts by a connection that is open; the agencies in reach are the own one and those below it."""

    def __init__(self, client: Vidimus) -> None:
        """Act by this connection."""
        self._client = client

    def figures(self, wanted: Wanted) -> list[Row]:
        """Every figure of a time."""
        found: list[Row] = self._client.ask("GET", "/v1/figures", query=_query(wanted))["figures"]
        return found

    def figures_csv(self, wanted: Wanted) -> bytes:
        """The same as a table."""
        return self._client.file("/v1/figures", query=_query(wanted), accept="text/csv").content

    def events(self, wanted: Wanted, key: str, *, group: str | None, limit: int) -> list[str]:
        """Ids of the events that a figure was counted from."""
        found: list[str] = []
        cursor: str | None = None
        while len(found) < limit:
            query: dict[str, Any] = _query(wanted) | {"group": group, "cursor": cursor, "limit": _PAGE}
            page = self._client.ask("GET", f"/v1/figures/{quote(key, safe='')}/events", query=query)
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        return found[:limit]

    def pictures(self, wanted: Wanted) -> dict[str, str]:
        """A picture of each figure that has groups."""
        keys = [figure["key"] for figure in self.figures(wanted) if figure["cells"]]
        found = {key: self._client.file(f"/v1/figures/{key}/picture", query=_query(wanted)) for key in keys}
        return {key: picture.content.decode() for key, picture in found.items()}

    def scorecard(self, wanted: Wanted) -> Row:
        """The national scorecard."""
        told: Row = self._client.ask("GET", "/v1/figures/scorecard", query=_query(wanted))
        kept = ("code", "points", "most", "part", "whole")
        return told | {"lines": [{name: line[name] for name in kept} for line in told["lines"]]}

    def open_data(self, wanted: Wanted, *, base_url: str) -> dict[str, bytes]:
        """The files that may be published."""
        given = self._client.file("/v1/figures/open-data", query=_query(wanted) | {"base_url": base_url})
        with zipfile.ZipFile(io.BytesIO(given.content)) as packed:
            return {name: packed.read(name) for name in packed.namelist()}

    def rules(self, on: str | None) -> list[Row]:
        """How long each class is kept."""
        return [
            {"class": one["kind"], "days": one["days"], "source": one["source"], "decided": one["is_decided"]}
            for one in self._client.ask("GET", "/v1/retention", query={"on": on})["items"]
        ]

    def decide(self, asked: Row) -> None:
        """Enter a decision; without a day it holds from the office's today."""
        day = asked["valid_from"] or self._client.ask("GET", "/v1/retention")["on"]
        self._client.ask("POST", "/v1/retention", json=asked | {"valid_from": day}, key=new_key())

    def adopt(self, *, decision: str) -> int:
        """Decide what the country's data proposes, class by class; given again, it goes on where it stopped."""
        today = self._client.ask("GET", "/v1/retention")
        open_ones = [one for one in today["items"] if not one["is_decided"]]
        for one in open_ones:
            asked = {"kind": one["kind"], "days": one["days"], "valid_from": today["on"], "decision_number": decision}
            self._client.ask("POST", "/v1/retention", json=asked, key=new_key())
        return len(open_ones)

    def hold(self, asked: Row) -> str:
        """Place a legal hold."""
        return str(self._client.ask("POST", "/v1/legal-holds", json=asked, key=new_key())["hold_id"])

    def release(self, hold_id: str, *, decision: str) -> None:
        """Lift a legal hold."""
        self._client.ask("POST", f"/v1/legal-holds/{hold_id}/lifting", json={"decision_number": decision})

    def holds(self) -> list[Row]:
        """The holds that stand."""
        kept = ("hold_id", "scope", "target_id", "decision_number")
        return [
            {name: one[name] for name in kept} | {"placed_at": moment(one["placed_at"])}
            for one in self._client.ask("GET", "/v1/legal-holds")["items"]
        ]

    def purge(self, *, dry_run: bool) -> Row:
        """Destroy what has served its time, or look."""
        told: Row = self._client.ask("POST", "/v1/purges", json={"dry_run": dry_run})
        return told

    def certificates(self, *, limit: int) -> list[Row]:
        """Certificates of destruction."""
        found: list[Row] = []
        cursor: str | None = None
        while len(found) < limit:
            query = {"cursor": cursor, "limit": min(_PAGE, limit)}
            page = self._client.ask("GET", "/v1/destruction-certificates", query=query)
            found += [
                {
                    "certificate_id": one["certificate_id"],
                    "issued_at": moment(one["issued_at"]),
                    "count": one["count"],
                    "sha256": one["sha256"],
                }
                for one in page["items"]
            ]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        return found[:limit]

    def certificate(self, certificate_id: str) -> tuple[bytes, bytes, str]:
        """One certificate of destruction."""
        told = self._client.ask("GET", f"/v1/destruction-certificates/{certificate_id}")
        return base64.b64decode(told["body"]), base64.b64decode(told["signature"]), told["key_id"]

    def reform(self, asked: Row) -> Row:
        """Carry a reform out, or look ahead."""
        body = asked | {"since": asked_moment(asked["since"], field="on")}
        return reform_rows(self._client.ask("POST", "/v1/agency-reforms", json=body, key=new_key()))


def _query(wanted: Wanted) -> dict[str, Any]:
    named = {"from": wanted.first, "until": wanted.until, "agency": wanted.agency}
    return {name: value for name, value in named.items() if value} | {"below": "true" if wanted.below else "false"}
