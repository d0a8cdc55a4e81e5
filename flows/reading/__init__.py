"""Reads what people write: names in different spellings, and TOML tables with all their faults."""
