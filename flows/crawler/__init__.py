"""Looks at the sites of the register."""
