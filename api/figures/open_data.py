"""What may be published of a report: nothing that rests on fewer than k people, and nothing from which that follows."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from api.errors import TrainingNotCounted
from api.figures.report import Cell, Figure, Report

LEAST_PEOPLE: Final = 5
# What is about members of the staff, or cannot be counted by people, is nobody else's.
PUBLISHED: Final = (
    "requests_by_channel",
    "requests_by_state",
    "requests_by_agency",
    "certified_by_channel",
    "copies",
    "pages",
    "refusals_by_reason",
)


def open_data(report: Report, *, title: Mapping[str, str], publisher: str, base_url: str) -> dict[str, bytes]:
    """Give the files to publish, by name: the table, the same as JSON, and their description (DCAT).

    Raises:
        TrainingNotCounted: a specimen is no data.
    """
    if report.is_specimen:
        raise TrainingNotCounted("figures of a demonstration are not published as data")
    return published_files(report, title=title, publisher=publisher, base_url=base_url)


def published_files(report: Report, *, title: Mapping[str, str], publisher: str, base_url: str) -> dict[str, bytes]:
    """Write the files of a report, specimen or not."""
    figures = [withheld(report.figure(key)) for key in PUBLISHED]
    name = f"vidimus-{report.agency_code}-{report.first_day}-{report.last_day}"
    table = f"{name}.csv"
    return {
        table: _table(report, figures),
        f"{name}.json": _json(report, figures),
        "dcat.jsonld": _dcat(report, name=name, title=title, publisher=publisher, base_url=base_url),
    }


def packed(files: Mapping[str, bytes]) -> bytes:
    """Put files into one ZIP, the same bytes for the same files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name in sorted(files):
            zipped.writestr(zipfile.ZipInfo(name), files[name])
    return target.getvalue()


def withheld(figure: Figure) -> Figure:
    """Take out every group that rests on fewer than k people, and one more where the whole would give it away."""
    small = {cell.group for cell in figure.cells if cell.people is None or cell.people < LEAST_PEOPLE}
    if len(small) == 1 and len(figure.cells) > 1:
        others = [cell for cell in figure.cells if cell.group not in small]
        small.add(min(others, key=lambda cell: (cell.events, cell.group)).group)
    cells = tuple(Cell(c.group, None, 0, None) if c.group in small else c for c in figure.cells)
    rest = [cell for cell in figure.cells if cell.group in small]
    # Whoever subtracts what is shown from the whole learns the sum of what is not: that must be k people, too.
    hidden = sum(cell.people or 0 for cell in rest)
    whole = None if rest and hidden < LEAST_PEOPLE else figure.value
    return Figure(figure.key, figure.unit, whole, cells)


def _table(report: Report, figures: list[Figure]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("figure", "group", "value", "unit", "from", "until"))
    for figure in figures:
        for group, value in (("", figure.value), *((cell.group, cell.value) for cell in figure.cells)):
            shown = "" if value is None else f"{value:g}"
            writer.writerow((figure.key, group, shown, figure.unit, report.first_day, report.last_day))
    return out.getvalue().encode()


def _json(report: Report, figures: list[Figure]) -> bytes:
    told = {
        "agency": report.agency_code,
        "from": report.first_day.isoformat(),
        "until": report.last_day.isoformat(),
        "least_people": LEAST_PEOPLE,
        "figures": [
            {
                "key": figure.key,
                "unit": figure.unit,
                "value": figure.value,
                "groups": {cell.group: cell.value for cell in figure.cells},
            }
            for figure in figures
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _dcat(report: Report, *, name: str, title: Mapping[str, str], publisher: str, base_url: str) -> bytes:
    def distribution(suffix: str, media_type: str) -> dict[str, Any]:
        return {
            "@type": "dcat:Distribution",
            "dcat:accessURL": {"@id": f"{base_url}/{name}.{suffix}"},
            "dcat:downloadURL": {"@id": f"{base_url}/{name}.{suffix}"},
            "dcat:mediaType": f"https://www.iana.org/assignments/media-types/{media_type}",
        }

    described = {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dcterms": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"{base_url}/{name}",
        "@type": "dcat:Dataset",
        "dcterms:title": [{"@value": text, "@language": language} for language, text in title.items()],
        "dcterms:identifier": name,
        "dcterms:publisher": {"@type": "foaf:Organization", "foaf:name": publisher},
        "dcterms:issued": {"@value": report.made_at.date().isoformat(), "@type": "xsd:date"},
        "dcterms:temporal": {
            "@type": "dcterms:PeriodOfTime",
            "dcat:startDate": {"@value": report.first_day.isoformat(), "@type": "xsd:date"},
            "dcat:endDate": {"@value": report.last_day.isoformat(), "@type": "xsd:date"},
        },
        "dcterms:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/MONTHLY"},
        "dcat:distribution": [distribution("csv", "text/csv"), distribution("json", "application/json")],
    }
    return json.dumps(described, ensure_ascii=False, indent=1).encode()
