"""Files that every PDF/A of ours embeds."""
