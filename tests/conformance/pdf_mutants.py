"""Documents of ours with one entry deleted or exchanged, as a careless change or a damaged disk would; by seed."""

from __future__ import annotations

import io
import random
import warnings
from dataclasses import dataclass

import pikepdf

_LARGER_THAN_PDFA_ALLOWS = 2**31


@dataclass(frozen=True, slots=True)
class Mutant:
    """A harmed document and what was done to it."""

    name: str
    pdf: bytes


def mutant_of(pdf: bytes, *, seed: int) -> Mutant | None:
    """Harm one entry of one dictionary; None when what comes out could not even be written."""
    chance = random.Random(seed)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        patient = chance.choice([part for item in document.objects for part in _dictionaries_in(item)])
        keys = sorted(set(patient.keys()) - {"/Length"})
        if not keys:
            return None
        key, harm = chance.choice(keys), chance.choice(("deleted", "a number", "a name", "a list"))
        match harm:
            case "deleted":
                del patient[key]
            case "a number":
                patient[key] = chance.choice((-1, 7, _LARGER_THAN_PDFA_ALLOWS))
            case "a name":
                patient[key] = pikepdf.Name("/Other")
            case _:
                patient[key] = pikepdf.Array()
        out = io.BytesIO()
        try:
            with warnings.catch_warnings(category=UserWarning, action="ignore"):
                # A widget that no form names is what some mutants are about.
                document.save(
                    out,
                    object_stream_mode=pikepdf.ObjectStreamMode.disable,
                    stream_decode_level=pikepdf.StreamDecodeLevel.none,
                    compress_streams=False,
                    deterministic_id=True,
                )
        except (pikepdf.PdfError, RuntimeError):
            return None
    return Mutant(f"{seed}: {key} {harm}", out.getvalue())


def _dictionaries_in(item: pikepdf.Object) -> list[pikepdf.Object]:
    found, pending = [], [item]
    while pending:
        part = pending.pop()
        if isinstance(part, (pikepdf.Stream, pikepdf.Dictionary)):
            found.append(part)
            # A pikepdf dictionary is no mapping: iterating over it does not give its keys.
            children = [part[key] for key in part.keys()]  # noqa: SIM118
        else:
            children = list(part) if isinstance(part, pikepdf.Array) else []
        nested = (pikepdf.Dictionary, pikepdf.Array)
        pending += [child for child in children if isinstance(child, nested) and not child.is_indirect]
    return found
