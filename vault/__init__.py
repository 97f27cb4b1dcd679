"""The citizen's vault: encrypted papers, who may read them, who did, and a log that nobody can rewrite."""
