"""The certification office: cases and items, staff and delegations, law as data, the register, and the durable pipeline."""
