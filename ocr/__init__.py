"""From hostile bytes to a searchable PDF/A-2u: intake, recognition, quality, fields, writing."""

from __future__ import annotations

from ocr.codes import read_codes
from ocr.doubtful import Doubt, DoubtfulWord, doubtful_words
from ocr.errors import (
    AlreadySigned,
    IntakeCode,
    IntakeUnavailable,
    LanguageMissing,
    OcrEngineFailed,
    OcrError,
    PagesUnreadable,
    PdfaError,
    PdfaViolation,
    RecognitionError,
    RenderFailed,
    ScanRefused,
    StatementTooLong,
)
from ocr.field_values import FieldCheck
from ocr.fields import UNKNOWN, DocumentFields, ReadField, read_fields
from ocr.intake import accept_scan
from ocr.intake_limits import IntakeLimits
from ocr.look import PageLook
from ocr.machine_codes import CodeKind, MachineCode
from ocr.originals import OriginalPart, ReadOriginal, read_original
from ocr.pages import PageQuality, Pages, QualityCode, QualityReason, QualityVerdict, ReadPage, Word
from ocr.pages_codec import decode_pages, encode_pages
from ocr.pdfa import PdfaDocument, write_pdfa
from ocr.pdfa_band import BAND_HEIGHT_PT, BandWords
from ocr.pdfa_check import PdfaClaim, check_pdfa
from ocr.pdfa_copy import CopyParts, write_copy
from ocr.pdfa_report import PicturePair, ReportLine, ReportParts, write_report
from ocr.pdfa_statement import Align, StatementLine, StatementPage
from ocr.pdfa_table import TableColumn, TableParts, write_table
from ocr.quality import Quality, QualityPolicy, judge, worst_lines
from ocr.reading import read_pages
from ocr.render import page_crop, page_overlay, page_preview, render_page
from ocr.sandbox import ocr_sandbox
from ocr.scan import ImageEncoding, PageImage, Scan, ScanPage, join_scans, joined_sha256_hex
from ocr.text_layer import LayerComparison, LayerVerdict, compare_layer, layers_of

__all__ = [
    "BAND_HEIGHT_PT",
    "UNKNOWN",
    "Align",
    "AlreadySigned",
    "BandWords",
    "CodeKind",
    "CopyParts",
    "DocumentFields",
    "Doubt",
    "DoubtfulWord",
    "FieldCheck",
    "ImageEncoding",
    "IntakeCode",
    "IntakeLimits",
    "IntakeUnavailable",
    "LanguageMissing",
    "LayerComparison",
    "LayerVerdict",
    "MachineCode",
    "OcrEngineFailed",
    "OcrError",
    "OriginalPart",
    "PageImage",
    "PageLook",
    "PageQuality",
    "Pages",
    "PagesUnreadable",
    "PdfaClaim",
    "PdfaDocument",
    "PdfaError",
    "PdfaViolation",
    "PicturePair",
    "Quality",
    "QualityCode",
    "QualityPolicy",
    "QualityReason",
    "QualityVerdict",
    "ReadField",
    "ReadOriginal",
    "ReadPage",
    "RecognitionError",
    "RenderFailed",
    "ReportLine",
    "ReportParts",
    "Scan",
    "ScanPage",
    "ScanRefused",
    "StatementLine",
    "StatementPage",
    "StatementTooLong",
    "TableColumn",
    "TableParts",
    "Word",
    "accept_scan",
    "check_pdfa",
    "compare_layer",
    "decode_pages",
    "doubtful_words",
    "encode_pages",
    "join_scans",
    "joined_sha256_hex",
    "judge",
    "layers_of",
    "ocr_sandbox",
    "page_crop",
    "page_overlay",
    "page_preview",
    "read_codes",
    "read_fields",
    "read_original",
    "read_pages",
    "render_page",
    "worst_lines",
    "write_copy",
    "write_pdfa",
    "write_report",
    "write_table",
]
