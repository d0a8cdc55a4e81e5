"""All models of a year, one after the other, in a database that has its raw and ref tables.

A flow builds them as tasks of their own instead (`flows.evaluate.steps`).
"""

from collections.abc import Iterator

from flows.host.progress import silent
from flows.scheme import Scheme
from flows.settings import SQL
from flows.warehouse.drawn import create_drawn_tables, draw_rankings
from flows.warehouse.engine import Connection
from flows.warehouse.models import Model, build, read_models


def build_all(connection: Connection, scheme: Scheme) -> Iterator[Model]:
    """Builds every model and yields it when it stands; before the first that reads drawn rankings, these are drawn."""
    create_drawn_tables(connection)
    drawn = False
    for model in read_models(SQL):
        if not drawn and any(read.startswith("drawn.") for read in model.reads):
            draw_rankings(connection, scheme, silent)
            drawn = True
        build(connection, model)
        yield model
