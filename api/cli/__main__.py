"""Run the command line as `python -m api.cli`, where no console script is installed."""

from __future__ import annotations

from api.cli import main

if __name__ == "__main__":
    main()
