"""Proposes mappings: from a file and the words of a scheme to the text of a mapping, and what it could not place."""
