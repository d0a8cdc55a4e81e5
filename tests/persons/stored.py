"""What a run keeps of a home's ballots, made without a run."""

from pathlib import Path

from flows.home import Home
from flows.host.progress import silent
from flows.receive import open_store, receive
from flows.receive.pseudonyms import Pseudonyms
from flows.receive.register import read_register
from flows.scheme.datasets import datasets
from flows.scheme.file import read_scheme
from tests.flows.homes import YEAR


def keep(home: Path, pseudonyms: Pseudonyms, dataset: str = "voted") -> Path:
    """Receives a dataset into the store of the home; returns the entry of its one file."""
    scheme = read_scheme(Home(home), YEAR)
    store = open_store(Home(home), scheme, read_register(Home(home), scheme), pseudonyms)
    (chosen,) = [each for each in datasets(scheme) if each.name == dataset]
    (receipt,) = receive(Home(home), scheme, chosen, store, silent).receipts
    return receipt.folder
