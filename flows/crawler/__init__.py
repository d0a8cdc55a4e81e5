"""Looks at the sites of the register, once a night, and writes down for every check what was seen.

`run.crawl_night` is the whole; importing this package, `rules` or `checks` loads no network and no HTML library.
"""
