"""The checks of a night, in order."""

CHECKS = (
    "reachable", "first_byte", "full_load", "redirects", "https", "https_enforced", "certificate", "hsts", "home_updated",
    "dead_links", "inner_dead_links", "empty_columns", "stale_columns", "search", "viewport", "sitemap", "robots",
    "not_found", "lang", "title", "accessibility", "charset",
)  # fmt: skip
