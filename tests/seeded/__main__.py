"""Runs the trial and prints its tables: `./run python -m tests.seeded`."""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from flows.home import Home

from .delivery_faults import delivery_faults
from .model_faults import ModelFault, model_faults
from .trial import DeliveryTrial, ModelTrial, Outcome, shares
from .year import YEAR, evaluated, make_home, read_files


def chosen(faults: Sequence[ModelFault], number: int, seed: int) -> list[ModelFault]:
    """So many faults, all that are written by hand, and of each rule about as many."""
    rng = Random(seed)
    by_rule: dict[str, list[ModelFault]] = defaultdict(list)
    for fault in faults:
        by_rule[fault.rule].append(fault)
    for rule in by_rule.values():
        rng.shuffle(rule)
    picked = by_rule.pop("by hand")
    while len(picked) < number and any(by_rule.values()):
        for rule in by_rule.values():
            if rule and len(picked) < number:
                picked.append(rule.pop())
    return picked


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=250, help="model faults to try; some change nothing")
    parser.add_argument("--deliveries", type=int, default=150, help="delivery faults to try")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, help="a file for every outcome, as JSON lines")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="pingyi-seeded-") as folder:
        home = make_home(Path(folder) / "home", arguments.seed)
        models = list(_models(home, arguments.models, arguments.seed))
        deliveries, without = _deliveries(home, arguments.deliveries, arguments.seed)
    for title, outcomes in (("models", models), ("deliveries", deliveries), ("the same deliveries, no register", without)):
        _print(title, outcomes)
    if arguments.log:
        lines = (json.dumps(vars(each), ensure_ascii=False) for each in (*models, *deliveries, *without))
        arguments.log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    counts, _ = shares([*models, *deliveries])
    return 0 if counts.total() - counts[""] >= 0.9 * counts.total() else 1


def _models(home: Path, number: int, seed: int):
    with evaluated(home, YEAR) as evaluation:
        trial = ModelTrial(evaluation)
        for fault in chosen(model_faults(), number, seed):
            outcome = trial.try_fault(fault)
            if outcome:
                print("." if outcome.noticed or not outcome.changes else "!", end="", flush=True, file=sys.stderr)
                yield outcome


def _deliveries(home: Path, number: int, seed: int) -> tuple[list[Outcome], list[Outcome]]:
    files, last_year = read_files(Home(home), YEAR), read_files(Home(home), YEAR - 1)
    trial = DeliveryTrial(home, files)
    with_register, without = [], []
    for name, faulty in sampled(list(delivery_faults(files, last_year, seed)), number, seed):
        outcome = trial.try_fault(name, faulty)
        with_register.append(outcome)
        without.append(trial.try_fault(name, faulty, registered=False) if outcome.noticed == "register" else outcome)
        print("." if outcome.noticed or not outcome.changes else "!", end="", flush=True, file=sys.stderr)
    return with_register, without


def sampled(faults: list[tuple[str, dict]], number: int, seed: int) -> list[tuple[str, dict]]:
    """So many faults, of each dataset about as many: 16 files are of one dataset, and one of most."""
    by_dataset: dict[str, list] = defaultdict(list)
    for fault in faults:
        by_dataset[fault[0].partition("/")[0]].append(fault)
    rng, picked = Random(seed), []
    for fault in by_dataset.values():
        rng.shuffle(fault)
    while len(picked) < number and any(by_dataset.values()):
        for fault in by_dataset.values():
            if fault and len(picked) < number:
                picked.append(fault.pop())
    return picked


def _print(title: str, outcomes: Sequence[Outcome]) -> None:
    counts, unnoticed = shares(outcomes)
    changing = counts.total()
    print(f"\n{title}: {len(outcomes)} tried, {changing} change a published cell or stop, {changing - counts['']} noticed")
    for noticed, number in Counter(counts).most_common():
        print(f"  {noticed or 'nobody':<16}{number:>5}")
    for outcome in unnoticed:
        print(f"  unnoticed: {outcome.name}")


if __name__ == "__main__":
    sys.exit(main())
