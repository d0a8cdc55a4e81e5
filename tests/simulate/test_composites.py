"""The composites that a reconstruction must give, where a bulletin printed some groups only."""

import numpy as np

from flows.home import Home
from flows.simulate.composites import reconstruct_composites
from flows.simulate.printed import read_printed
from flows.simulate.roster import Roster

NAMES = ("一局", "二局", "甲区", "乙区")
ROSTER = Roster(("d1", "d2", "q1", "q2"), NAMES, np.array(["department"] * 2 + ["district"] * 2), tuple((n,) for n in NAMES))


def test_a_group_without_printed_figures_gets_composites_beside_a_printed_group(tmp_path):
    folder = tmp_path / "reference" / "2030"
    folder.mkdir(parents=True)
    (folder / "annex_department.csv").write_text("序号,网站,综合得分\n1,一局,92.55\n2,二局,81.20\n", encoding="utf-8")
    printed = read_printed(Home(tmp_path), 2030)
    chance = np.random.default_rng(1)
    assert {str(mark) for mark in reconstruct_composites("department", ROSTER, printed, chance).values()} == {"92.55", "81.20"}
    composites = reconstruct_composites("district", ROSTER, printed, chance)
    assert set(composites) == {2, 3} and all(45 <= mark <= 95 for mark in composites.values())
