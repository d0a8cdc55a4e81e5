"""A scheme that contradicts itself is refused before anything runs, with every fault and its key in one error."""

import pytest

from flows.errors import OperatorError
from flows.scheme import WideCheck
from flows.scheme.file import parse_scheme
from tests.receive.correct import SCHEME, YEAR

WIDE = '\n[crawl]\nwide = { site = "a", checked_at = "b", checks = { https = "c" } }\n'


def _faults(text):
    with pytest.raises(OperatorError) as fault:
        parse_scheme(text.encode(), YEAR, f"{YEAR}.toml")
    assert f"{YEAR}.toml" in fault.value.summary and str(len(fault.value.faults)) in fault.value.summary
    assert fault.value.exit_status == 1
    return fault.value.faults


def _changed(*changes):
    text = SCHEME
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


# What is changed, and the key with which the one sentence begins; then what it must name besides.
SINGLE_FAULTS = [
    # unknown keys, wherever they stand
    ("max_quarantined = 0.5", "max_quarantined = 0.5\nmax_quarantine = 0.5", "max_quarantine：", "max_quarantined"),
    ('label = "信息公开", weight', 'lable = "x", label = "信息公开", weight', "aspects.disclosure.lable：", "label"),
    ("publish_top = 2", "publish_top = 2\ntop = 2", "groups.department.top：", "publish_top"),
    ("closes = 2007-12-20", "closes = 2007-12-20\nmin_second = 5", "sources.public.min_second：", "min_seconds"),
    ('{ label = "满意", points = 100 }', '{ label = "满意", points = 100, code = 1 }', "sources.public.levels[1].code：", "points"),
    ('kind = "panel"', 'kind = "panel"\ntrim = 1', "sources.expert.trim：", "trim_each_side"),
    ('label = "公开", max = 10', 'label = "公开", max = 10, rule = "points"', "sources.self_check.indicators[1].rule：", "max"),
    ('kind = "given"', 'kind = "given"\nweight = 1', "sources.superior.weight：", "kind"),
    ("\n[sources.superior]", WIDE.replace("wide =", "narrow = 1\nwide =") + "\n[sources.superior]", "crawl.narrow：", "wide"),
    ("\n[sources.superior]", WIDE.replace('site = "a"', 'url = "u", site = "a"') + "\n[sources.superior]", "crawl.wide.url：", "checked_at"),
    ("closes = 2007-12-20", 'closes = 2007-12-20\nchannels = []', "sources.public.channels：", "空"),
    ("closes = 2007-12-20", 'closes = 2007-12-20\nchannels = "网络"', "sources.public.channels：", "列表"),
    ("closes = 2007-12-20", 'closes = 2007-12-20\nchannels = ["网络", "网络 "]', "sources.public.channels：", "不止一次"),
    ("closes = 2007-12-20", 'closes = 2007-12-20\nchannels = ["网络", "other"]', "sources.public.channels：", "other"),
    ('kind = "panel"', 'kind = "panel"\ncategories = ["学者", " "]', "sources.expert.categories：", "没有写"),
    ('kind = "panel"', 'kind = "panel"\nchannels = ["学者"]', "sources.expert.channels：", "categories"),
    # weights
    ("public = 0.2,", "public = 0.19,", "groups.department.weights：", "0.99"),
    ("public = 0.2,", "public = 0.20000001,", "groups.department.weights：", "1.00000001"),
    ("public = 0.5, superior = 0.5", "public = 0.5, superior = 0.6", "groups.district.weights：", "1.1"),
    ("weight = 0.6", "weight = 0.59", "aspects：", "0.99"),
    ("public = 0.5, superior", "citizens = 0.5, superior", "groups.district.weights.citizens：", "来源"),
    ("public = 0.5, superior = 0.5", "public = 0.5, superior = 0.6, hotline = -0.1", "groups.district.weights.hotline：", "-0.1"),
    # rules without their parameter, parameters without their rule
    (', rule = "ratio", target = 30', ', rule = "ratio"', "sources.daily_work.indicators[1].target：", "缺少"),
    (', rule = "ratio", target = 30', ', rule = "deduct"', "sources.daily_work.indicators[1].per：", "缺少"),
    (', rule = "ratio", target = 30', ', rule = "points", target = 30', "sources.daily_work.indicators[1].target：", "ratio"),
    (', rule = "ratio", target = 30', ', rule = "points", per = 1', "sources.daily_work.indicators[1].per：", "deduct"),
    ("target = 30", "target = 0", "sources.daily_work.indicators[1].target：", "大于 0"),
    ("target = 30", 'target = 30, measure = "passed"', "sources.daily_work.indicators[1].measure：", "from_crawl"),
    ('rule = "ratio", target = 30', 'rule = "rate"', "sources.daily_work.indicators[1].rule：", "ratio"),
    ('kind = "panel"', 'kind = "panel"\ntrim_each_side = 1', "sources.expert.trim_from：", "trim_each_side"),
    ('kind = "panel"', 'kind = "panel"\ntrim_each_side = 2\ntrim_from = 4', "sources.expert.trim_from：", "4"),
    # values
    ('timezone = "Asia/Shanghai"', 'timezone = "Asia/Pudong"', "timezone：", "Asia/Pudong"),
    ('timezone = "Asia/Shanghai"', 'timezone = "Asia"', "timezone：", "Asia"),
    ('timezone = "Asia/Shanghai"', 'timezone = "../etc/passwd"', "timezone：", "passwd"),
    ("year = 2007", "year = 2008", "year：", "2008"),
    ("year = 2007", 'year = "2007"', "year：", "整数"),
    ('title = "2007年试评议"', 'title = " "', "title：", "文字"),
    ('title = "2007年试评议"', "", "title：", "缺少"),
    ("year = 2007", 'year = 2007\nnotice = " \u3000"', "notice：", "文字"),
    ("year = 2007", 'year = 2007\nnotice = ["x"]', "notice：", "文字"),
    ("year = 2007", "year = 2007\nnotice = 2007", "notice：", "文字"),
    ("year = 2007", f'year = 2007\nnotice = "{"长" * 201}"', "notice：", "201"),
    ("year = 2007", 'year = 2007\nnotice = "a\\u0000b\\u001bc"', "notice：", "U+0000、U+001B"),
    ("year = 2007", 'year = 2007\nnotice = "a\\uFFFE"', "notice：", "U+FFFE"),
    ("max_quarantined = 0.5", "max_quarantined = 0.5\nnotices = 1", "notices：", "notice"),
    ("max_quarantined = 0.5", "max_quarantined = 1.01", "max_quarantined：", "1.01"),
    ("max_quarantined = 0.5", "max_quarantined = nan", "max_quarantined：", "数字"),
    ("max_quarantined = 0.5", 'missing = "ignore"', "missing：", "reweight"),
    ("max_quarantined = 0.5", 'tie_break = ["experts"]', "tie_break：", "experts"),
    ("max_quarantined = 0.5", 'tie_break = ["expert", "public", "expert"]', "tie_break：", "expert"),
    ("points = 100", "points = 100.01", "sources.public.levels[1].points：", "100.01"),
    ("points = 60", "points = -1", "sources.public.levels[2].points：", "-1"),
    ("points = 60", "points = 59.123456789", "sources.public.levels[2].points：", "小数"),
    ('satisfied = ["满意"]', 'satisfied = ["很满意"]', "sources.public.satisfied：", "很满意"),
    ('label = "一般", points', 'label = "不满意", points', "sources.public.levels：", "不满意"),
    ("closes = 2007-12-20", "closes = 2007-10-20", "sources.public.closes：", "2007-10-20"),
    ("closes = 2007-12-20", 'closes = "20.12.2007"', "sources.public.closes：", "20.12.2007"),
    ("closes = 2007-12-20", "closes = 2007-12-20T00:00:00", "sources.public.closes：", "日期"),
    ("closes = 2007-12-20", "closes = 2007-12-20\nburst_limit = 1.5", "sources.public.burst_limit：", "整数"),
    ("closes = 2007-12-20", "closes = 2007-12-20\nmin_ballots = -1", "sources.public.min_ballots：", "-1"),
    ('kind = "panel"', "", "sources.expert.kind：", "缺少这个键，应为 audit、ballots"),
    ('kind = "panel"', 'kind = "jury"', "sources.expert.kind：", "ballots"),
    ("publish_top = 2", "publish_top = 0", "groups.department.publish_top：", "0"),
    ("sites = 2", "sites = true", "groups.department.sites：", "整数"),
    ("max = 7.5", "max = 0", "sources.self_check.indicators[2].max：", "大于 0"),
    ('id = "c2"', 'id = "c1"', "sources.self_check.indicators：", "c1"),
    ('item_types = { apply = "在线受理"', 'item_weights = { buy = 3 }\nitem_types = { apply = "在线受理"', "sources.service_audit.item_weights.buy：", "item_types"),
    ('approval_items_for = ["department"]', 'approval_items_for = ["bureau"]', "sources.service_audit.approval_items_for：", "bureau"),
    ("query = ", "all = ", "sources.service_audit.item_types.all：", "保留名"),
]  # fmt: skip


def test_the_scheme_that_is_changed_here_has_no_fault():
    assert parse_scheme(SCHEME.encode(), YEAR, "2007.toml").year == YEAR
    assert parse_scheme((SCHEME + WIDE).encode(), YEAR, "2007.toml").crawl.wide.checks == (WideCheck("https", ("c",)),)


@pytest.mark.parametrize(
    ("old", "new", "key", "part"), SINGLE_FAULTS, ids=[f"{key}{part}" for _, _, key, part in SINGLE_FAULTS]
)
def test_a_fault_is_reported_under_its_key(old, new, key, part):
    sentences = [sentence for sentence in _faults(_changed((old, new))) if sentence.startswith(key)]
    assert len(sentences) == 1 and part in sentences[0]


@pytest.mark.parametrize("case", SINGLE_FAULTS[:11], ids=lambda case: case[2])
def test_an_unknown_key_or_weights_of_0_99_are_one_fault_and_no_more(case):
    assert len(_faults(_changed(case[:2]))) == 1


def test_every_fault_is_in_one_error():
    text = _changed(("year = 2007", "year = 2006\ncolour = 1"), ("public = 0.2,", "public = 0.19,"), ('kind = "panel"', 'kind = "jury"'),
                    (', target = 30', ""), ("points = 100", "points = 101"))  # fmt: skip
    keys = {sentence.split("：")[0] for sentence in _faults(text)}
    assert keys >= {"year", "colour", "groups.department.weights", "sources.expert.kind", "sources.daily_work.indicators[1].target",
                    "sources.public.levels[1].points"}  # fmt: skip


@pytest.mark.parametrize("value", ["1", '"x"', "[]"])
@pytest.mark.parametrize("table", ["aspects", "groups", "sources", "crawl"])
def test_a_value_in_the_place_of_a_table_is_reported(table, value):
    assert any(sentence.startswith(f"{table}：") for sentence in _faults(f"{table} = {value}\n{_without(table)}"))


@pytest.mark.parametrize("value", ["1", '"x"', "[]"])
def test_a_value_in_the_place_of_an_aspect_is_reported(value):
    text = _changed(('disclosure = { label = "信息公开", weight = 0.4 }', f"disclosure = {value}"))
    assert any(sentence.startswith("aspects.disclosure：") for sentence in _faults(text))


@pytest.mark.parametrize("missing", ["aspects", "groups", "sources"])
def test_a_scheme_without_one_of_its_parts_is_reported(missing):
    assert any(missing in sentence for sentence in _faults(_without(missing)))


def _without(part):
    return "\n\n".join(block for block in SCHEME.split("\n\n") if not block.strip().startswith(f"[{part}"))


@pytest.mark.parametrize(
    ("written", "notice"),
    [
        (None, ""),
        ('"得分是编的。"', "得分是编的。"),
        ('"""\n得分是编的，\n  请勿引用。\n"""', "得分是编的， 请勿引用。"),
        (
            '"<b>&\\"\\u0027{{ 7 * 7 }}{% x %}#panic() =1+1 \\\\ 𠮷 🏛️ \u202e"',
            "<b>&\"'{{ 7 * 7 }}{% x %}#panic() =1+1 \\ 𠮷 🏛️ \u202e",
        ),
        (f'"{"长" * 200}"', "长" * 200),
    ],
)
def test_a_notice_is_one_paragraph_of_whatever_characters(written, notice):
    text = SCHEME if written is None else _changed(("year = 2007", f"year = 2007\nnotice = {written}"))
    assert parse_scheme(text.encode(), YEAR, f"{YEAR}.toml").notice == notice
