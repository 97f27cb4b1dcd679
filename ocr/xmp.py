"""Writes the XMP packet of a document: the PDF/A claim, the title, and the mark of conversion.

Properties outside the schemas PDF/A predefines need a description of their schema in the same packet
(ISO 19005-2, 6.6.2.3); without it the file is no PDF/A.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape

NAMESPACE = "https://vidimus.example/ns/conversion/1.0/"
PREFIX = "vdm"

PROPERTIES: Mapping[str, str] = {
    "conversion": "Mark of conversion from paper to electronic form",
    "sourceSha256": "SHA-256 of the scan as it was handed in, in hexadecimal",
    "sourceParts": "SHA-256 of each scan, when the original was handed in as several; sourceSha256 is that of these lines",
    "agency": "Body that made the conversion",
    "registerNumber": "Number in the register of certifications",
    "code": "Code by which the copy can be looked up",
    "convertedAt": "When the paper was converted, ISO 8601 with zone",
    "imageHandling": "How the page images relate to the paper",
}
"""Every property we may write, with the description its schema gives."""


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a document says about itself, the same in XMP and in the information dictionary."""

    title: str
    language: str
    created_at: datetime
    producer: str
    conversion: Mapping[str, str] = field(default_factory=dict)


def xmp_packet(facts: DocumentFacts) -> bytes:
    """Return the packet, equal for equal facts.

    Raises:
        KeyError: a conversion property is not described in `PROPERTIES`.
    """
    stamp = xmp_date(facts.created_at)
    values = "".join(
        f"   <{PREFIX}:{name}>{_text(facts.conversion[name])}</{PREFIX}:{name}>\n"
        for name in sorted(facts.conversion, key=list(PROPERTIES).index)
    )
    described = "".join(_described(name) for name in PROPERTIES if name in facts.conversion)
    packet = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>2</pdfaid:part>
   <pdfaid:conformance>U</pdfaid:conformance>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{_text(facts.title)}</rdf:li></rdf:Alt></dc:title>
   <dc:language><rdf:Bag><rdf:li>{_text(facts.language)}</rdf:li></rdf:Bag></dc:language>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   <xmp:CreateDate>{stamp}</xmp:CreateDate>
   <xmp:ModifyDate>{stamp}</xmp:ModifyDate>
   <xmp:MetadataDate>{stamp}</xmp:MetadataDate>
   <xmp:CreatorTool>{_text(facts.producer)}</xmp:CreatorTool>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
   <pdf:Producer>{_text(facts.producer)}</pdf:Producer>
  </rdf:Description>
"""
    if values:
        packet += f"""  <rdf:Description rdf:about="" xmlns:{PREFIX}="{NAMESPACE}">
{values}  </rdf:Description>
{_extension_schema(described)}"""
    packet += ' </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="r"?>'
    return packet.encode("utf-8")


def xmp_date(moment: datetime) -> str:
    """Return an instant as XMP writes it, in UTC to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pdf_date(moment: datetime) -> str:
    """Return the same instant as the information dictionary writes it (ISO 32000-1, 7.9.4)."""
    return moment.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")


def _described(name: str) -> str:
    return f"""        <rdf:li rdf:parseType="Resource">
         <pdfaProperty:name>{name}</pdfaProperty:name>
         <pdfaProperty:valueType>Text</pdfaProperty:valueType>
         <pdfaProperty:category>external</pdfaProperty:category>
         <pdfaProperty:description>{_text(PROPERTIES[name])}</pdfaProperty:description>
        </rdf:li>
"""


def _extension_schema(described: str) -> str:
    return f"""  <rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
   <pdfaExtension:schemas>
    <rdf:Bag>
     <rdf:li rdf:parseType="Resource">
      <pdfaSchema:schema>Vidimus conversion</pdfaSchema:schema>
      <pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI>
      <pdfaSchema:prefix>{PREFIX}</pdfaSchema:prefix>
      <pdfaSchema:property>
       <rdf:Seq>
{described}       </rdf:Seq>
      </pdfaSchema:property>
     </rdf:li>
    </rdf:Bag>
   </pdfaExtension:schemas>
  </rdf:Description>
"""


def _text(value: str) -> str:
    """Escape a value and drop what XML 1.0 cannot carry."""
    return escape("".join(char for char in value if char in "\t\n" or ord(char) >= 0x20))
