"""How what people write is read: spellings of one name, and tables of TOML with all their faults."""
