"""The same answers as five survey tools export them, and the mappings by which they are read; see README.md."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import xlsxwriter

# Per person: the ratings of site and aspect, 1 for 满意 and 2 for 不满意. The last one rated nothing.
ANSWERS: list[dict[tuple[str, str], int]] = [
    {("s1", "content"): 1, ("s1", "service"): 2},
    {("s1", "content"): 1, ("s1", "service"): 1, ("s2", "content"): 1, ("s2", "service"): 2},
    {("s1", "service"): 2, ("s2", "content"): 2, ("s2", "service"): 1},
    {},
]
# Weights 0.4 of content and 0.6 of service; 满意 is 100 points, 不满意 0.
SCORES = {
    "s1": round(0.4 * (100 + 100) / 2 + 0.6 * (0 + 100 + 0) / 3, 2),
    "s2": round(0.4 * (100 + 0) / 2 + 0.6 * (0 + 100) / 2, 2),
}
# So many rows of the raw table come from them: persons and the sites that they rated.
BALLOTS = 5

SITES = {"s1": "第一局", "s2": "第二局"}
ASPECTS = {"content": "内容", "service": "服务"}
CELLS = [(site, aspect) for site in SITES for aspect in ASPECTS]
_LEVELS = {1: "满意", 2: "不满意"}
Table = list[list[str]]


@dataclass(frozen=True)
class Export:
    """An export: its file's name, its content, and the mapping that reads it, with what `pingyi map` cannot know of it."""

    name: str
    content: bytes
    mapping: str
    settled: dict[str, str] | None = None


def _csv(table: Table, delimiter: str = ",", *, quoted: bool = True, bom: bool = True) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL).writerows(table)
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")


def xlsx(table: Table) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for line, row in enumerate(table):
            for column, text in enumerate(row):
                page.write_string(line, column, text)
    return stream.getvalue()


def _given(person: int, words: dict[int, str], nothing: str = "") -> list[str]:
    answers = ANSWERS[person]
    return [words[answers[cell]] if cell in answers else nothing for cell in CELLS]


def _minute(person: int) -> str:
    return f"{8 + person:02}"


def wjx_table() -> Table:
    head = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "总分", "1、您的年龄段："]
    # A matrix a site, each a question with its number.
    head += [f"{list(SITES).index(site) + 2}、请评价{SITES[site]}网站：—{ASPECTS[aspect]}" for site, aspect in CELLS]
    rows = [
        [f"{person + 1}", f"2030/1/5 9:{_minute(person)}:01", f"{65 + person}秒", "微信", "N/A", f"10.1.2.{person + 1}(上海-上海)", "0", "30~40",
         *_given(person, _LEVELS, "(跳过)")]
        for person in range(len(ANSWERS))
    ]  # fmt: skip
    return [head, *rows]


WJX = """
[wjx]
ballot_id = "wjx-{序号}"
voter = "来自IP"
blank = ["(跳过)"]
ignore = ["来源{}", "总分", "1、您的年龄段："]
columns = { "{}、请评价{site}网站：—{aspect}" = "{aspect}" }
"""


def wjx_single_table() -> Table:
    """One site a row: who rated two sites filled in the form twice."""
    head = [
        "序号",
        "提交答卷时间",
        "所用时间",
        "来源",
        "来源详情",
        "来自IP",
        "总分",
        "1、您评议的网站：",
        "2、您对该网站：—内容",
        "2、您对该网站：—服务",
    ]
    rows = []
    for person, answers in enumerate(ANSWERS):
        for site in dict.fromkeys(site for site, _ in answers):
            given = [{1: "A.满意", 2: "B.不满意"}[answers[site, a]] if (site, a) in answers else "(空)" for a in ASPECTS]
            start = [
                f"{len(rows) + 1}",
                f"2030/1/5 9:{_minute(person)}:01",
                "65秒",
                "链接",
                "http://x.example",
                f"10.1.2.{person + 1}(上海-上海)",
                "0",
            ]
            rows.append([*start, SITES[site], *given])
    return [head, *rows]


WJX_SINGLE = """
[wjx-single]
ballot_id = "w-{序号}"
voter = "来自IP"
blank = ["(空)"]
answers = { "A.满意" = "满意", "B.不满意" = "不满意" }
ignore = ["来源{}", "总分"]
columns = { "1、您评议的网站：" = "site", "2、您对该网站：—{aspect}" = "{aspect}" }
"""


def _lime(heads: list[str], cell: Callable[[str, str], str], words: dict[int, str]) -> Table:
    rows = [
        [f"{person + 11}", f"2030-01-05 09:{_minute(person)}:01", "3", "zh-Hans", "123456789", f"10.1.2.{person + 1}", *_given(person, words)]
        for person in range(len(ANSWERS))
    ]  # fmt: skip
    # Somebody began, rated and never sent it.
    begun = ["99", "", "1", "zh-Hans", "123456789", "10.1.2.9", *[words[2]] * len(CELLS)]
    return [[*heads, *(cell(*where) for where in CELLS)], *rows, begun]


_FULL_HEADS = ["Response ID", "Date submitted", "Last page", "Start language", "Seed", "IP address"]
_CODE_HEADS = ["id", "submitdate", "lastpage", "startlanguage", "seed", "ipaddr"]
_CODES = {"s1": "SQ001", "s2": "SQ002", "content": "SQ001", "service": "SQ002"}
LIME_FULL = """
[limesurvey]
ballot_id = "lime-{Response ID}"
voter = "IP address"
leave_out = { "Date submitted" = [""] }
ignore = ["Last page", "Start language", "Seed"]
columns = { "Date submitted" = "submitted_at", "IP address" = "origin", "请评价下列网站 [{site}][{aspect}]" = "{aspect}" }
"""
# LimeSurvey gives the rows and the columns of an array the same codes.
LIME_CODES = """
[limesurvey]
ballot_id = "lime-{id}"
voter = "ipaddr"
leave_out = { submitdate = [""] }
answers = { A1 = "满意", A2 = "不满意" }
names = { site = { SQ001 = "第一局", SQ002 = "第二局" }, aspect = { SQ001 = "内容", SQ002 = "服务" } }
ignore = ["lastpage", "startlanguage", "seed"]
columns = { submitdate = "submitted_at", ipaddr = "origin", "rate[{site}_{aspect}]" = "{aspect}" }
"""


def qualtrics_table() -> Table:
    def imported(name: str, **more: str) -> str:
        return json.dumps({"ImportId": name} | more, separators=(",", ":"))

    zone = {"timeZone": "America/Denver"}
    system = [
        ("StartDate", "Start Date", imported("startDate", **zone)), ("EndDate", "End Date", imported("endDate", **zone)),
        ("Status", "Response Type", imported("status")), ("IPAddress", "IP Address", imported("ipAddress")),
        ("Progress", "Progress", imported("progress")), ("Duration (in seconds)", "Duration (in seconds)", imported("duration")),
        ("Finished", "Finished", imported("finished")), ("RecordedDate", "Recorded Date", imported("recordedDate", **zone)),
        ("ResponseId", "Response ID", imported("_recordId")), ("RecipientLastName", "Recipient Last Name", imported("recipientLastName")),
        ("RecipientEmail", "Recipient Email", imported("recipientEmail")), ("LocationLatitude", "Location Latitude", imported("locationLatitude")),
        ("DistributionChannel", "Distribution Channel", imported("distributionChannel")), ("UserLanguage", "User Language", imported("userLanguage")),
    ]  # fmt: skip
    numbers = {(site, aspect): (list(SITES).index(site) + 1, list(ASPECTS).index(aspect) + 1) for site, aspect in CELLS}
    asked = [
        (f"Q{numbers[cell][0]}_{numbers[cell][1]}", f"请评价下列网站，\n{SITES[cell[0]]} - {ASPECTS[cell[1]]}", imported(f"QID{numbers[cell][0]}_{numbers[cell][1]}"))
        for cell in CELLS
    ]  # fmt: skip

    def row(person: int, status: str, ratings: list[str]) -> list[str]:
        # In Denver it is fifteen hours earlier than in Shanghai.
        at = f"2030-01-04 18:{person + 8:02}:01"
        end = ["", "person@example.org", "31.2", "anonymous", "ZH-S"]
        return [at, at, status, f"10.1.2.{person + 1}", "100", "65", "True", at, f"R_{person}x9", *end, *ratings]

    rows = [row(person, "IP Address", _given(person, _LEVELS)) for person in range(len(ANSWERS))]
    tried = row(8, "Survey Preview", ["不满意"] * len(CELLS))
    return [*(list(names) for names in zip(*system, *asked, strict=True)), *rows, tried]


QUALTRICS = """
[qualtrics]
ballot_id = "{ResponseId}"
voter = "IPAddress"
skip = 2
zone = "America/Denver"
leave_out = { Status = ["Survey Preview"] }
ignore = ["StartDate", "EndDate", "Progress", "Finished", "Recipient{}", "Location{}", "DistributionChannel", "UserLanguage"]
[qualtrics.columns]
RecordedDate = "submitted_at"
"请评价下列网站，{site} - {aspect}" = "{aspect}"
"""


def kobo_table() -> Table:
    head = ["start", "end", *(f"rate/{site}/{aspect}" for site, aspect in CELLS)]
    head += [
        "__version__",
        "_id",
        "_uuid",
        "_submission_time",
        "_validation_status",
        "_notes",
        "_status",
        "_submitted_by",
        "_tags",
        "_index",
    ]
    rows = [
        [f"2030-01-05T09:{_minute(person)}:01.123+08:00", f"2030-01-05T09:{_minute(person)}:59.123+08:00", *_given(person, {1: "satisfied", 2: "not_satisfied"}),
         "vA1", f"{person + 3001}", f"0a{person}-{person}", f"2030-01-05T01:{person + 8:02}:59", "", "", "submitted_via_web", "", "", f"{person + 1}"]
        for person in range(len(ANSWERS))
    ]  # fmt: skip
    return [head, *rows]


KOBO = """
[kobo]
ballot_id = "kobo-{_id}"
voter = "row"
zone = "UTC"
answers = { satisfied = "满意", not_satisfied = "不满意" }
ignore = ["_{}", "start", "end"]
columns = { "_submission_time" = "submitted_at", "rate/{site}/{aspect}" = "{aspect}" }
"""


def kobo_repeat_table() -> Table:
    """The table of a repeat group: a row a site, with what the whole answer has."""
    head = [
        "网站",
        "内容",
        "服务",
        "_index",
        "_parent_table_name",
        "_parent_index",
        "_submission__id",
        "_submission__uuid",
        "_submission__submission_time",
    ]
    rows = []
    for person, answers in enumerate(ANSWERS):
        for site in dict.fromkeys(site for site, _ in answers):
            given = [_LEVELS[answers[site, aspect]] if (site, aspect) in answers else "" for aspect in ASPECTS]
            whole = [
                f"{len(rows) + 1}",
                "评议",
                f"{person + 1}",
                f"{person + 3001}",
                f"0a{person}-{person}",
                f"2030-01-05T01:{person + 8:02}:59",
            ]
            rows.append([SITES[site], *given, *whole])
    return [head, *rows]


KOBO_REPEAT = """
[kobo-repeat]
ballot_id = "kobo-{_submission__id}-{_index}"
voter = "_submission__uuid"
zone = "UTC"
ignore = ["_{}"]
columns = { "_submission__submission_time" = "submitted_at" }
"""


def google_table() -> Table:
    rows = [
        [
            f"2030/01/05 {9 if person < 3 else 1}:{_minute(person)}:01 {'AM' if person < 3 else 'PM'} GMT+8",
            *_given(person, _LEVELS),
        ]
        for person in range(len(ANSWERS))
    ]
    return [["Timestamp", *(f"您对{SITES[site]}网站的评价 [{ASPECTS[aspect]}]" for site, aspect in CELLS)], *rows]


GOOGLE = """
[google]
ballot_id = "google-{line}"
voter = "row"
time = "%Y/%m/%d %I:%M:%S %p %z"
columns = { Timestamp = "submitted_at", "您对{site}网站的评价 [{aspect}]" = "{aspect}" }
"""


def exports() -> Iterator[Export]:
    """Every export of ballots."""
    yield Export("wjx.csv", _csv(wjx_table(), quoted=False), WJX)
    yield Export("wjx.xlsx", xlsx(wjx_table()), WJX)
    yield Export("wjx-single.csv", _csv(wjx_single_table(), quoted=False), WJX_SINGLE)
    full = _lime(_FULL_HEADS, lambda site, aspect: f"请评价下列网站 [{SITES[site]}][{ASPECTS[aspect]}]", _LEVELS)
    yield Export("lime-full.csv", _csv(full), LIME_FULL)
    both = [f"{code}. {text}" for code, text in zip(_CODE_HEADS, _FULL_HEADS, strict=True)]
    text = _lime(
        both, lambda site, aspect: f"rate[{_CODES[site]}_{_CODES[aspect]}]. 请评价 [{SITES[site]}][{ASPECTS[aspect]}]", _LEVELS
    )
    mapping = LIME_FULL
    for code, head in zip(_CODE_HEADS, _FULL_HEADS, strict=True):
        mapping = mapping.replace(f'"{head}"', f'"{code}. {head}"').replace(f"{{{head}}}", f"{{{code}. {head}}}")
    mapping = mapping.replace("请评价下列网站 [{site}]", "rate[{}]. 请评价 [{site}]")
    yield Export("lime-both.csv", _csv(text), mapping)
    codes = _lime(_CODE_HEADS, lambda site, aspect: f"rate[{_CODES[site]}_{_CODES[aspect]}]", {1: "A1", 2: "A2"})
    settled = {
        "answers": '{ A1 = "满意", A2 = "不满意" }',
        "names": '{ site = { SQ001 = "第一局", SQ002 = "第二局" }, aspect = { SQ001 = "内容", SQ002 = "服务" } }',
    }
    yield Export("lime-codes.csv", _csv(codes), LIME_CODES, settled)
    yield Export("qualtrics.csv", _csv(qualtrics_table(), quoted=False), QUALTRICS)
    settled = {"answers": '{ satisfied = "满意", not_satisfied = "不满意" }'}
    yield Export("kobo.csv", _csv(kobo_table(), ";"), KOBO, settled)
    yield Export("kobo.xlsx", xlsx(kobo_table()), KOBO, settled)
    yield Export("kobo-repeat.csv", _csv(kobo_repeat_table(), ";"), KOBO_REPEAT)
    yield Export("google.csv", _csv(google_table(), bom=False), GOOGLE)
