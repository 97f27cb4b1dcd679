"""The certification office: cases, staff and delegations, law as data, the register, and the durable pipeline."""
