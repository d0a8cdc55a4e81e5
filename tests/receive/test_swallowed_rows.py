"""A stray quote costs the line on which it stands: no other row is lost, whatever stands around it."""

import random
import re

import pytest

from flows.receive.chunks import RefusedFile
from flows.receive.content import opened_content
from flows.receive.deliveries import sha256_of
from flows.receive.text_files import read_csv

HEADER = "item,site,score,note\n"
RANGE = re.compile(r"第 (\d+)–(\d+) 行")


def _read(path, content):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    rows, broken = [], []
    with opened_content(path, None, sha256_of(path)) as opened:
        for chunk in read_csv(opened):
            names = list(chunk.columns)
            rows += list(zip(chunk.lines, *(chunk.columns[name] for name in names), strict=True))
            broken += chunk.broken
    return rows, broken


def test_a_quote_that_is_never_doubled_swallows_no_good_row(tmp_path):
    lines = ['r2,s01,1,"甲', "r3,s02,2,乙", "r4,d01,3,丙", '"r5",s01,4,丁', 'r6,s02,5,戊"', "r7,d01,6,己"]
    rows, broken = _read(tmp_path / "a.csv", HEADER + "\n".join(lines) + "\n")
    assert [row[0] for row in rows] == [3, 4, 5, 6, 7]
    assert [(fault.line, RANGE.search(fault.reason).groups()) for fault in broken] == [(2, ("2", "5"))]


def test_the_lines_that_would_be_swallowed_are_reported(intake):
    taken = intake.take("superior/a.csv", 'site,score,note\ns01,1,"甲\ns02,2,乙\nd01,3,丙"\n')
    assert [(row["site_id"], row["line"]) for row in taken.rows] == [("s02", 3), ("d01", 4)]
    assert taken.faults == [(2, "", "")]
    assert "第 2–4 行" in taken.reasons[0] and "从第 3 行起另读" in taken.reasons[0]
    assert (taken.receipt.rows_in, taken.receipt.loaded) == (3, 2)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("cell", ["第一行{0}第二行", "甲{0}{0}乙", "说“好”{0}，很好", "一，二，三，四{0}五", '""他说""{0}好'])
def test_a_cell_of_several_lines_is_one_cell(intake, cell, newline):
    content = f'site,indicator,points,evidence{newline}s01,c1,1,"{cell.format(newline)}"{newline}s02,c1,2,x{newline}'
    taken = intake.take("self_check/a.csv", content)
    assert [row["site_id"] for row in taken.rows] == ["s01", "s02"] and taken.faults == []


@pytest.mark.parametrize("wrapped", ['"s0\n1"', '"s\r\n01"', '"\ns01\n"'])
def test_a_wrapped_cell_in_the_first_column_is_one_cell(intake, wrapped):
    taken = intake.take("superior/a.csv", f"site,score\n{wrapped},5\ns02,6\n")
    assert [(row["site_id"], float(row["score"])) for row in taken.rows] == [("s01", 5), ("s02", 6)]


@pytest.mark.parametrize(
    ("header", "row", "cell"),
    [
        ("evidence,site,indicator,points", '"见附件,两处\n另见首页",s01,c1,9', "见附件,两处\n另见首页"),
        ("site,evidence,indicator,points", 's01,"a, b, c,\nd, e",c1,9', "a, b, c,\nd, e"),
        ("site,indicator,points,evidence", 's01,c1,9,"one, two\nthree\n\nfour, five"', "one, two\nthree\n\nfour, five"),
    ],
)
def test_a_wrapped_cell_may_have_commas_wherever_it_stands(intake, header, row, cell):
    taken = intake.take("self_check/a.csv", f"{header}\n{row}\n")
    assert ([row["evidence"] for row in taken.rows], taken.faults) == ([cell], [])


def test_one_stray_quote_in_each_of_two_rows_joins_them_to_none(intake):
    rows = 's01,"c1,9,甲\ns02,c1",8,乙\nd01,c1,7,丙\n'
    taken = intake.take("self_check/a.csv", f"site,indicator,points,evidence\n{rows}")
    assert 4 in [row["line"] for row in taken.rows] and 2 in [line for line, _, _ in taken.faults]
    assert {line for line, _, _ in taken.faults} | {row["line"] for row in taken.rows} == {2, 3, 4}


def test_a_row_of_several_lines_with_too_many_fields_is_one_fault_with_its_lines(intake):
    taken = intake.take("superior/a.csv", 'site,score,note\ns01,1,"甲\n乙",x\ns02,2,y\n')
    assert [row["line"] for row in taken.rows] == [4]
    assert taken.faults == [(2, "", "")] and "第 2–3 行是一行" in taken.reasons[0]


def test_quotes_that_swallow_are_one_kind_of_fault_however_many_there_are(intake):
    lines = "".join(f's01,{number},"甲\ns02,{number},乙"\n' for number in range(30))
    (finding,) = intake.take("superior/a.csv", f"site,score,note\n{lines}").receipt.findings
    assert (finding.rows, finding.line, finding.reason) == (30, 2, "引号没有闭合，会吞掉后面的行")


def test_a_header_that_swallows_rows_refuses_the_file(intake):
    with pytest.raises(RefusedFile) as fault:
        intake.take("superior/a.csv", 'site,score,"note\ns01,1,甲\ns02,2,乙"\n')
    assert "第 1 行" in str(fault.value) and "引号" in str(fault.value)


def test_a_heading_may_be_wrapped(intake):
    assert intake.take("superior/a.csv", '"si\nte","sco\nre"\ns01,1\n').rows[0]["line"] == 4


def test_every_row_of_two_thousand_random_files_is_accounted_for(tmp_path):
    """Rows in = loaded + set aside: every line belongs to one row that is loaded or one that is set aside, and a row that
    was written rightly is never part of another."""
    counts = dict.fromkeys(("refused", "loaded", "set aside", "swallowing", "of several lines"), 0)
    for seed in range(2000):
        content, sound, ends = _random_file(random.Random(seed))
        try:
            rows, broken = _read(tmp_path / "a.csv", content)
        except RefusedFile as fault:
            assert re.search(r"第 \d+ 行", str(fault)), seed
            counts["refused"] += 1
            continue
        loaded = {row[0]: row[1:] for row in rows}
        aside = {fault.line: fault.reason for fault in broken}
        assert len(loaded) == len(rows) and len(aside) == len(broken) and not loaded.keys() & aside.keys(), seed
        for line, cells in sound.items():
            assert loaded.get(line) == cells or line in aside, (seed, line)
        # A line that begins no row belongs to the one that began before it, and to no sound one.
        begun = sorted([*loaded, *aside])
        lines = [line for line, text in enumerate(ends, start=2) if text.strip('\r\n, "')]
        owners = {line: max((first for first in begun if first <= line), default=None) for line in lines}
        assert None not in owners.values(), seed
        inside = [line for line in lines if line not in loaded and line not in aside]
        assert not [line for line in inside if line in sound], seed
        counts["loaded"] += len(loaded)
        counts["set aside"] += len(aside)
        counts["swallowing"] += sum("另读" in reason for reason in aside.values())
        counts["of several lines"] += len(inside)
    assert all(count > 100 for count in counts.values()), counts


def _random_file(rng):
    """A file of four columns with quotes, line ends and lengths at random: its bytes, the cells of each row that is written as it
    should be by the line on which it begins, and all its lines behind the header."""
    newline = rng.choice(["\n", "\r\n", "\r"])
    text, sound, line = HEADER, {}, 2
    for number in range(rng.randint(1, 12)):
        cells = [
            f"r{number}",
            rng.choice(["s01", "市财政局"]),
            str(rng.randint(0, 100)),
            rng.choice(["", "好", "a b", "一，二"]),
        ]
        spoilt = rng.random()
        if rng.random() < 0.2:
            cells[rng.randrange(1, 4)] = rng.choice([f"甲{newline}乙", 'say ""yes""', "x, y"])
        written = [
            f'"{cell}"' if newline in cell or "," in cell or '"' in cell or rng.random() < 0.2 else cell for cell in cells
        ]
        if spoilt < 0.15:
            written += [rng.choice(["z", "", '"q"'])] if rng.random() < 0.5 else []
            written = written if len(written) == 5 else written[: rng.randint(1, 3)]
        row = ",".join(written)
        if 0.15 <= spoilt < 0.4:
            index = rng.randrange(len(row) + 1)
            row = row[:index] + '"' + row[index:]
        elif spoilt >= 0.4:
            sound[line] = tuple(cell.replace('""', '"') for cell in cells)
        end = newline if rng.random() < 0.9 else rng.choice(["\n", "\r\n", "\r"])
        text += row + end
        line = 1 + len(re.findall(r"\r\n|\r|\n", text)) + (0 if text.endswith(("\r", "\n")) else 1)
    return text.encode(), sound, re.split(r"\r\n|\r|\n", text)[1:]
