"""The documentation, and the generator of the parts that must not drift from the code."""
