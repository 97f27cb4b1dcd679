"""PDF objects from plain Python values, so that the rest of `signing` reads like the dictionaries it writes."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import BasePdfFileWriter

PdfValue: TypeAlias = "generic.PdfObject | Mapping[str, PdfValue] | Sequence[PdfValue] | str | int | float | bytes"
# pyHanko's constructors carry no annotations; this is the one place that calls them.
_make: Any = generic


def name(text: str) -> generic.NameObject:
    """Return a name; `text` begins with a slash."""
    made: generic.NameObject = _make.pdf_name(text)
    return made


def text(words: str) -> generic.PdfObject:
    """Return a text string in the encoding its letters need."""
    made: generic.PdfObject = _make.pdf_string(words)
    return made


def dictionary(entries: Mapping[str, PdfValue]) -> generic.DictionaryObject:
    """Return a dictionary whose values were converted as `pdf_value` does."""
    made: generic.DictionaryObject = _make.DictionaryObject(
        {name(key): pdf_value(value) for key, value in entries.items()}
    )
    return made


def array(values: Sequence[PdfValue]) -> generic.ArrayObject:
    """Return an array whose items were converted as `pdf_value` does."""
    made: generic.ArrayObject = _make.ArrayObject([pdf_value(value) for value in values])
    return made


def pdf_value(value: PdfValue) -> generic.PdfObject:
    """Return the PDF object of a Python value; a `str` is a name, `bytes` a string, a PDF object itself."""
    made: Any
    if isinstance(value, generic.PdfObject):
        made = value
    elif isinstance(value, Mapping):
        made = dictionary(value)
    elif isinstance(value, str):
        made = name(value)
    elif isinstance(value, bytes):
        made = _make.ByteStringObject(value)
    elif isinstance(value, int):
        made = _make.NumberObject(value)
    elif isinstance(value, float):
        made = _make.FloatObject(f"{value:.4f}")
    else:
        made = array(value)
    checked: generic.PdfObject = made
    return checked


def resolved(value: PdfValue) -> Any:
    """Return what a reference points to, or the value itself."""
    return cast("Any", value).get_object() if isinstance(value, generic.IndirectObject) else value


def entry(container: Any, key: str, default: Any = None) -> Any:
    """Return what stands under `key`, reference followed; pyHanko's own `get` would hand back the reference."""
    return resolved(container.get(key, default))


def add_dictionary(writer: BasePdfFileWriter, entries: Mapping[str, PdfValue]) -> generic.IndirectObject:
    """Add a dictionary as an indirect object."""
    return writer.add_object(dictionary(entries))


def add_stream(
    writer: BasePdfFileWriter, content: bytes, entries: Mapping[str, PdfValue] | None = None
) -> generic.IndirectObject:
    """Add a compressed stream as an indirect object."""
    header = dictionary({**(entries or {}), "/Filter": "/FlateDecode"})
    stream: generic.StreamObject = _make.StreamObject(header, encoded_data=zlib.compress(content, 6))
    return writer.add_object(stream)
