"""Other systems, each behind an interface: over HTTP, or a sandbox that says it is one."""
