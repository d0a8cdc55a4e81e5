"""The survey tools whose exports are known by their headings, and what every one of their exports has."""

from collections.abc import Collection
from dataclasses import dataclass

from flows.reading.spelling import heading


@dataclass(frozen=True)
class Tool:
    """A tool. Its exports have all headings of one of `signs`.

    `ids` are the texts that make a ballot id, `columns` the columns of the contract, `voters` what may stand for the voter;
    of each the first whose headings a file has counts. `left_out` are rows that are no answers, by heading and text; `known` are
    headings of the tool that nobody needs. `advice` says how to export where no site was found in the headings.
    """

    name: str
    label: str
    signs: tuple[tuple[str, ...], ...]
    ids: tuple[str, ...]
    columns: tuple[tuple[str, str], ...] = ()
    voters: tuple[str, ...] = ()
    skip: int = 0
    zone: str = ""
    blank: tuple[str, ...] = ()
    left_out: tuple[tuple[str, tuple[str, ...]], ...] = ()
    known: tuple[str, ...] = ()
    advice: str = ""

    def made(self, headings: Collection[str]) -> bool:
        """Whether headings, in the form in which they are compared, are those of an export of the tool."""
        return any(all(heading(text) in headings for text in sign) for sign in self.signs)


TOOLS = (
    Tool(
        "wjx",
        "问卷星",
        (("序号", "提交答卷时间"),),
        ("wjx-{序号}",),
        voters=("来自IP",),
        blank=("(跳过)", "(空)"),
        known=("序号", "来源{}", "总分"),
        advice="问卷星：导出时选“按选项文本下载”，矩阵题的列名里就有网站和评议内容",
    ),
    Tool(
        "limesurvey",
        "LimeSurvey",
        (("id", "submitdate"), ("Response ID", "Date submitted"), ("id. Response ID", "submitdate. Date submitted")),
        ("lime-{id}", "lime-{Response ID}", "lime-{id. Response ID}"),
        (
            ("submitdate", "submitted_at"),
            ("Date submitted", "submitted_at"),
            ("submitdate. Date submitted", "submitted_at"),
            ("ipaddr", "origin"),
            ("IP address", "origin"),
            ("ipaddr. IP address", "origin"),
            ("interviewtime", "seconds"),
            ("Total time", "seconds"),
            ("interviewtime. Total time", "seconds"),
        ),
        ("token", "Access code", "token. Access code", "ipaddr", "IP address", "ipaddr. IP address"),
        left_out=(("submitdate", ("",)), ("Date submitted", ("",)), ("submitdate. Date submitted", ("",))),
        known=(
            *("id", "Response ID", "id. Response ID", "lastpage{}", "Last page", "startlanguage{}", "Start language"),
            *("seed{}", "startdate{}", "Date started", "datestamp{}", "Date last action", "refurl{}", "Referrer URL"),
            *("groupTime{}", "{}Time", "Group time: {}", "Question time: {}"),
        ),
        advice="LimeSurvey：导出时“列名”选“问题全文”或“代码和全文”，列名里就有网站和评议内容；要用代码，就在 names 里写明各代码是哪个网站、哪项内容",
    ),
    Tool(
        "qualtrics",
        "Qualtrics",
        (("ResponseId", "RecordedDate"), ("ResponseId", "EndDate")),
        ("{ResponseId}",),
        (
            ("RecordedDate", "submitted_at"),
            ("EndDate", "submitted_at"),
            ("Duration (in seconds)", "seconds"),
            ("IPAddress", "origin"),
        ),
        ("IPAddress",),
        skip=2,
        left_out=(("Status", ("Survey Preview", "1")), ("Finished", ("False", "0"))),
        known=(
            *("ResponseId", "StartDate", "EndDate", "Status", "Progress", "Finished", "RecordedDate", "Recipient{}"),
            *("ExternalReference", "ExternalDataReference", "Location{}", "DistributionChannel", "UserLanguage", "Q_{}"),
        ),
    ),
    Tool(
        "kobo",
        "KoboToolbox",
        (("_uuid", "_submission_time"), ("_submission__uuid", "_submission__submission_time")),
        ("kobo-{_submission__id}-{_index}", "kobo-{_id}"),
        (("_submission__submission_time", "submitted_at"), ("_submission_time", "submitted_at")),
        ("_submission__uuid",),
        zone="UTC",
        left_out=(("_validation_status", ("Not approved", "Not Approved")),),
        known=("_{}", "start", "end", "today", "deviceid", "username", "phonenumber", "meta/{}", "formhub/{}"),
        advice="KoboToolbox：导出时选“在列名里写出组名”；重复组在另一张工作表里，要另存成一个文件",
    ),
    Tool(
        "google",
        "Google 表单",
        (("Timestamp",), ("时间戳记",), ("时间戳",)),
        ("google-{line}",),
        (("Timestamp", "submitted_at"), ("时间戳记", "submitted_at"), ("时间戳", "submitted_at")),
        ("Email Address", "Email address", "Username", "电子邮件地址", "邮箱地址", "用户名"),
        known=("Score",),
    ),
)
# An export of no tool that is known, such as a card that an office made.
NO_TOOL = Tool("table", "表格", (), ())
