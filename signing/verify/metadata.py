"""Tell whether document information or XMP changed in nothing but the dates and tools a save writes.

Acrobat rewrites both whenever it signs; refusing every such file would refuse honest signers, and allowing more
than these keys would let a title or a conversion mark be swapped after signing.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from signing.verify.errors import PdfUnreadable
from signing.verify.streams import decode_stream
from signing.verify.syntax import PdfObject, Stream, same_object

_VOLATILE_INFO = frozenset({"ModDate", "Producer"})
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_VOLATILE_XMP = frozenset(
    {
        f"{_XMP}ModifyDate",
        f"{_XMP}MetadataDate",
        "{http://ns.adobe.com/xap/1.0/mm/}InstanceID",
        "{http://ns.adobe.com/pdf/1.3/}Producer",
    }
)
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
MAX_PACKET_BYTES = 1024 * 1024


def info_differs_in_dates_only(old: PdfObject, new: PdfObject) -> bool:
    """Compare two document information dictionaries."""
    before = old if isinstance(old, dict) else {}
    after = new if isinstance(new, dict) else {}
    if old is not None and not after:
        return False
    return all(
        key in _VOLATILE_INFO or same_object(before.get(key), after.get(key)) for key in before.keys() | after.keys()
    )


def metadata_differs_in_dates_only(old: Stream, new: Stream) -> bool:
    """Compare two XMP packets; what cannot be decoded counts as different."""
    try:
        before, after = decode_stream(old), decode_stream(new)
    except PdfUnreadable:
        return False
    if max(len(before), len(after)) > MAX_PACKET_BYTES:
        return False
    try:
        return _properties(before) == _properties(after)
    except (ET.ParseError, ValueError):
        return False


def _properties(packet: bytes) -> list[tuple[str, str]]:
    """Give every property with its value, however the packet spells it (attribute or element)."""
    text = packet.strip(b"\x00\r\n\t ").decode("utf-8")
    if "\x00" in text or "<!" in text.replace("<!--", ""):
        raise ValueError("an XMP packet has no business declaring entities")
    # It is UTF-8 and no declaration can stand in it any more, so nothing can be expanded or fetched.
    root = ET.fromstring(text.encode())  # noqa: S314
    found: list[tuple[str, str]] = []
    for description in root.iter(f"{_RDF}Description"):
        found += [(key, value) for key, value in description.attrib.items() if not key.startswith(_RDF)]
        found += [(child.tag, _spelled(child)) for child in description]
    return sorted(pair for pair in found if pair[0] not in _VOLATILE_XMP)


def _spelled(element: ET.Element) -> str:
    if not len(element) and not element.attrib:
        return element.text or ""
    return "".join(ET.tostring(element, encoding="unicode", method="xml").split())
