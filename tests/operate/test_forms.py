"""The forms by which operators start a flow, as Prefect makes them: all in Chinese, and nothing offered that cannot be."""

import json
import os
import re
import subprocess
import sys

import pytest
import yaml
from prefect.utilities.schema_tools.validation import validate

from tests.conftest import ROOT

DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
FIELDS = {
    "nightly": ["year", "data_dir"],
    "yearly": ["year", "data_dir"],
    "publish": ["draft", "year", "reason", "data_dir"],
    "crawl": ["year", "data_dir", "part"],
    "check": ["year", "data_dir"],
    "reproduce": ["data_dir"],
    "scrub": ["data_dir", "full"],
}
HASH = "0123456789abcdef" * 4

# The years are those of the data home at the time at which the flows are read, so it takes a process of its own.
_FORMS = """
import json, sys
from prefect.flows import load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema
flows = {name: load_flow_from_entrypoint(entrypoint) for name, entrypoint in json.loads(sys.argv[1]).items()}
print(json.dumps({
    name: {"flow": flow.name, "description": flow.description, "form": parameter_schema(flow).model_dump()}
    for name, flow in flows.items()
}))
"""


def read_forms(home, years):
    (home / "schemes").mkdir(parents=True)
    for year in years:
        (home / "schemes" / f"{year}.toml").touch()
    entrypoints = {deployment["name"]: deployment["entrypoint"] for deployment in DEPLOYMENTS}
    ended = subprocess.run(
        [sys.executable, "-c", _FORMS, json.dumps(entrypoints)],
        cwd=ROOT,
        env=os.environ | {"PINGYI_DATA": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def flows(tmp_path_factory):
    return read_forms(tmp_path_factory.mktemp("forms") / "home", ["2029", "2031", "2030", "draft"])


@pytest.fixture(scope="module")
def forms(flows):
    return {name: flow["form"] for name, flow in flows.items()}


def refused(form, **values):
    """Why the form does not take these values; empty where it does."""
    return [error.message for error in validate(values, form)]


def test_every_deployment_is_a_flow_of_ours_with_a_description_and_our_tag(flows):
    assert {name: flow["flow"] for name, flow in flows.items()} == {
        "nightly": "nightly", "yearly": "yearly draft", "publish": "publish",
        "crawl": "crawl", "check": "check", "reproduce": "reproduce", "scrub": "scrub",
    }  # fmt: skip
    for deployment in DEPLOYMENTS:
        assert deployment["work_pool"]["name"] == "pingyi"
        # The form says what the flow says, under the label that is the deployment's tag too.
        label = re.match(r"\*\*([一-鿿]+)\*\*：", flows[deployment["name"]]["description"])[1]
        assert deployment["tags"] == ["pingyi", label] and "description" not in deployment


@pytest.mark.parametrize("name", FIELDS)
def test_a_form_has_the_fields_it_needs_each_with_a_title_and_an_explanation(forms, name):
    properties = forms[name]["properties"]
    assert sorted(properties, key=lambda field: properties[field]["position"]) == FIELDS[name]
    for field in properties.values():
        assert re.fullmatch("[一-鿿]+", field["title"]) and re.search("[一-鿿]{4}.*。$", field["description"])


@pytest.mark.parametrize("name", FIELDS)
def test_only_the_hash_of_the_draft_must_be_given(forms, name):
    assert forms[name].get("required", []) == (["draft"] if name == "publish" else [])


@pytest.mark.parametrize("name", [name for name, fields in FIELDS.items() if "year" in fields])
def test_the_years_on_offer_are_those_with_a_scheme_the_newest_is_chosen_and_others_can_be_typed(forms, name):
    year = forms[name]["properties"]["year"]
    chosen, typed = year["anyOf"]
    assert chosen["enum"] == [2031, 2030, 2029] and year["default"] == 2031 and "type" not in year and "enum" not in year
    assert re.fullmatch("[一-鿿]+", chosen["title"]) and re.fullmatch("[一-鿿]+", typed["title"])
    given = {"draft": HASH} if name == "publish" else {}
    # Another data home has years of its own, which the form cannot know.
    for taken in (1990, 2025, 2029, 2030, 2031, 2032, 2100):
        assert refused(forms[name], **given, year=taken, data_dir="/srv/other") == [], taken
    for other in (1989, 2101, 0, -2030, "2030", "二〇三〇", None, 2030.5, [2030]):
        assert refused(forms[name], **given, year=other), other


@pytest.mark.parametrize(("draft", "taken"), [
    (HASH[:12], True), (HASH, True), (HASH[:11], False), (HASH + "0", False), (HASH[:12].upper(), False),
    ("草" * 12, False), ("", False), (HASH[:12] + " ", False), (123456789012, False),
])  # fmt: skip
def test_the_hash_has_12_to_64_digits(forms, draft, taken):
    assert bool(refused(forms["publish"], draft=draft)) != taken


def test_a_form_without_the_hash_is_refused(forms):
    assert refused(forms["publish"], year=2030)


@pytest.mark.parametrize(("length", "taken"), [(0, True), (500, True), (501, False)])
def test_a_reason_has_an_end(forms, length, taken):
    assert bool(refused(forms["publish"], draft=HASH, reason="因" * length)) != taken


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment["name"])
def test_what_a_schedule_starts_with_is_what_the_form_takes(forms, deployment):
    # Nobody fills in the hash of a draft by schedule.
    assert not (deployment.get("schedules") and refused(forms[deployment["name"]], **deployment["parameters"]))


def test_where_there_is_no_scheme_yet_the_forms_are_there_all_the_same(tmp_path):
    year = read_forms(tmp_path / "home", [])["yearly"]["form"]["properties"]["year"]
    assert year["type"] == "integer" and "enum" not in year and "anyOf" not in year and year["title"] == "评议年度"
    assert (year["minimum"], year["maximum"]) == (1990, 2100)
