"""What Vidimus costs, measured on the machine that runs it; figures with their date stand in `RESULTS.md`."""
