"""A small part of the trial in the ordinary tests: faults that must be noticed, and that the year without a fault is quiet."""

import pytest

from flows.home import Home

from .delivery_faults import delivery_faults
from .model_faults import model_faults, right_models
from .trial import DeliveryTrial, ModelTrial, Outcome, shares
from .year import YEAR, evaluated, make_home, read_files

pytestmark = pytest.mark.slow

MODELS = (
    "scored.source_scores: by hand: aspect weights forgotten",
    "scored.aspect_means: by hand: trimmed experts counted",
    "staged.rating_patterns: by hand: excluded ballots scored",
    "published.annexes: by hand: 0.01 more than the ranking",
    "staged.crawl_checks: by hand: one site's failures hidden",
    "published.composite_scores: by hand: names of two sites exchanged",
)
# With who notices when there is no register of deliveries.
DELIVERIES = {
    "public/web-20081115.csv: levels upside down": "levels:public/web-#.csv",
    "public/web-20081115.csv: again as other voters": "repeats:public/web-#.csv",
    "public/web-20081101.csv: 8 hours off": "times:public/web-#.csv",
    "expert/panel-3.csv: one expert ÷10": "raters:expert/panel-#.csv",
    "crawl/scans-2008.csv: all checks of a site passed": "sites:crawl/",
    "self_check_verified/verified.csv: missing": "（amounts:self_check_verified）",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("seeded") / "home", 1)


@pytest.fixture(scope="module")
def of_models(home):
    with evaluated(home, YEAR) as evaluation:
        trial = ModelTrial(evaluation)
        # Generating every fault takes longer than trying these.
        faults = {fault.name: fault for fault in model_faults(("by hand",))}
        yield {name: trial.try_fault(faults[name]) for name in MODELS}


@pytest.mark.parametrize("name", MODELS)
def test_a_fault_in_a_model_is_noticed(of_models, name):
    outcome = of_models[name]
    assert outcome and outcome.changes and outcome.noticed == "gate"


@pytest.fixture(scope="module")
def of_deliveries(home):
    files, last_year = read_files(Home(home), YEAR), read_files(Home(home), YEAR - 1)
    return DeliveryTrial(home, files), dict(delivery_faults(files, last_year, 1))


@pytest.mark.parametrize("name", DELIVERIES)
def test_a_fault_in_a_delivery_is_noticed(of_deliveries, name):
    trial, faults = of_deliveries
    outcome = trial.try_fault(name, faults[name], registered=False)
    assert outcome.changes and outcome.noticed == "told" and DELIVERIES[name] in outcome.said


def test_a_short_file_is_noticed_by_the_register_of_deliveries(of_deliveries):
    trial, faults = of_deliveries
    name = "public/kiosk.csv: every third row missing"
    assert trial.try_fault(name, faults[name]).noticed == "register"


def test_every_rule_makes_faults_and_none_of_them_is_the_right_model():
    model = next(model for model in right_models() if model.name == "scored.composites")
    faults = [fault for fault in model_faults(models=(model,)) if fault.model.name == model.name]
    assert {"aggregate", "constant", "source", "result", "join"} <= {fault.rule for fault in faults}
    assert len({fault.model.sql for fault in faults}) == len(faults)


def test_only_faults_that_change_a_cell_are_counted():
    outcomes = [Outcome("a", True, "gate"), Outcome("b", True, ""), Outcome("c", False, ""), Outcome("d", False, "told")]
    counts, unnoticed = shares(outcomes)
    assert (counts, unnoticed) == ({"gate": 1, "": 1}, [outcomes[1]])
