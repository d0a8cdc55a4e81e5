"""Persons: the keys under which they are hidden, a year at a time, and the purge that takes what could identify them."""
