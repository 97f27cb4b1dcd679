"""The office's figures: told with what lies behind them, drawn with a text beside, and published without anybody in them."""

from __future__ import annotations

from api.figures.open_data import open_data
from api.figures.pictures import draw_bars
from api.figures.report import CATALOGUE, Cell, Figure, Report, events_behind, figure_csv, make_report
from api.figures.score import Score, ScoredLine, make_score

__all__ = [
    "CATALOGUE",
    "Cell",
    "Figure",
    "Report",
    "Score",
    "ScoredLine",
    "draw_bars",
    "events_behind",
    "figure_csv",
    "make_report",
    "make_score",
    "open_data",
]
