"""The faces that Vidimus embeds in what it writes and signs; nothing is drawn with a font of the machine."""

from __future__ import annotations

from fonts.embedding import EmbeddedFont, embed
from fonts.errors import FontError, GlyphMissing
from fonts.face import Face, LoadedFace, load_face

__all__ = ["EmbeddedFont", "Face", "FontError", "GlyphMissing", "LoadedFace", "embed", "load_face"]
