"""Large files by command: signed from disk to disk, in a process that never holds them."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary

from api.demo.office import OFFICER_LOGIN, OFFICER_PIN
from tests.command_line import CommandLine
from tests.heard_logs import run_heard
from tests.page_shapes import Shape, shaped_pdf

pytestmark = [pytest.mark.slow, pytest.mark.matrix]
_MB = 1024 * 1024
# Held twice, as files in memory are while they are signed, it would break the bound.
_FILE_BYTES = 100 * _MB
_MOST_MEMORY_MB = 300
# The most memory the process ever held, told when the command has ended.
_RUN_AND_TELL = """
import sys
from pathlib import Path
from api.cli import main
try:
    main(sys.argv[1:])
finally:
    status = Path("/proc/self/status").read_text()
    peak_kb = int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1])
    print(peak_kb // 1024, file=sys.stderr)
"""


def heavy_pdf(path: Path) -> None:
    """Write pages with noise beside them, which stands for the scans of many more."""
    pdf = pikepdf.open(io.BytesIO(shaped_pdf(Shape.PORTRAIT)))
    pdf.pages[0].obj.PieceInfo = Dictionary(Filler=pdf.make_stream(os.urandom(_FILE_BYTES)))
    pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)


def test_large_file_is_signed_with_a_placed_mark_in_little_memory(office_line: CommandLine, tmp_path: Path) -> None:
    large, pin, out = tmp_path / "large.pdf", tmp_path / "pin", tmp_path / "out"
    heavy_pdf(large)
    pin.write_text(f"{OFFICER_PIN}\n", encoding="utf-8")
    command = ["sign", large, "--as", OFFICER_LOGIN, "--pin-file", pin, "--look", "certification", "--level", "B-LTA"]
    done = run_heard(
        [sys.executable, "-c", _RUN_AND_TELL, *map(str, command), "--out-dir", str(out), "--format", "json"],
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    signed = json.loads(done.stdout)
    assert signed["level"] == "PAdES-B-LTA"
    assert Path(signed["path"]).stat().st_size > _FILE_BYTES
    assert [path.name for path in out.iterdir()] == ["large.signed.pdf"]
    assert int(done.stderr.splitlines()[-1]) <= _MOST_MEMORY_MB
