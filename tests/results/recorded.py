"""What the record of a year says, as the tests ask for it."""

from flows.home import Home
from flows.results.publications import standing_results
from flows.results.record import Publication, read_record


def read_publications(home: Home, year: int) -> list[Publication]:
    """The year's publications on record, oldest first."""
    return list(read_record(home, year).publications)


def standing_publication(home: Home, year: int) -> Publication | None:
    """The publication of the results that stand; None if there are no results, or no record of them."""
    standing = standing_results(home, year)
    return read_record(home, year).with_hash(standing.sha256) if standing else None
