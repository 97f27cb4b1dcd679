"""The durable pipeline from an upload to a deposited certified copy; the only place that knows the workflow engine."""
