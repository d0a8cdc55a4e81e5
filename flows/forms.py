"""The fields of the forms by which an operator starts a flow: what they are called, explained and may hold.

A form is made from a flow's signature when it is deployed, so the years on offer are those that had a scheme then;
deploying again brings new ones. Another data home, which a form may name, has years of its own: they are typed in. A year
without a scheme is told in words by the flow.
"""

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from flows import settings
from flows.results.drafts import LEAST_HASH

LONGEST_REASON = 500
FIRST_YEAR, LAST_YEAR = 1990, 2100


def _field(title: str, explanation: str, **shown: Any) -> Any:
    # Prefect overwrites a field's own title and default by the parameter's name and value, but adds what is extra last.
    return Field(json_schema_extra={"title": title, "description": explanation, **shown})


def _years() -> tuple[dict[str, Any], dict[str, Any]]:
    """What the field takes: one of the years with a scheme, which are on offer, or one that is typed in."""
    typed = {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}
    years = settings.read_settings().home.years if settings.forms_offer_years else []
    if not years:
        return typed, {}
    # The UI shows these as two tabs of the field, under their titles.
    chosen = {"type": "integer", "enum": list(reversed(years)), "title": "选择年度"}
    return {"anyOf": [chosen, typed | {"title": "填写年度"}]}, {"default": years[-1]}


_SCHEMA, _NEWEST = _years()

# Each is optional for whoever calls a flow from Python; a form shows what it will be instead of a choice of no value.
Year = Annotated[
    int | None,
    WithJsonSchema(_SCHEMA),
    _field("评议年度", "有评议方案（schemes/年度.toml）的年度。另一个数据目录的年度，在“填写年度”里写。", **_NEWEST),
]
DataDir = Annotated[
    str | None,
    WithJsonSchema({"type": "string"}),
    _field(
        "数据目录", "一般不填，用本系统的数据目录；另一个评议项目才填它的文件夹的完整路径，并在上面填写它的年度。", default=""
    ),
]
Full = Annotated[
    bool,
    WithJsonSchema({"type": "boolean"}),
    _field(
        "全部重读",
        "不勾选只读有变动的文件和其余的七分之一（七天轮完）；勾选就把每个文件都重读一遍，文件多时很慢。",
        default=False,
    ),
]
OfNight = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": r"^(\d{1,4}/\d{1,4})?$"}),
    _field(
        "部分",
        "一般不填，检测全部网站。几台机器分担一夜时，每台各检测一部分，写成 第几/共几，如 2/3。",
        default="",
    ),
]
DraftHash = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": f"^[0-9a-f]{{{LEAST_HASH},64}}$"}),
    _field(
        "草稿编号", "要公布的那份草稿的编号，在它的 summary 里，至少写前 12 位。草稿、数据或方案此后有任何变动，都会拒绝公布。"
    ),
]
Reason = Annotated[
    str,
    WithJsonSchema({"type": "string", "maxLength": LONGEST_REASON}),
    _field(
        "修订理由",
        "首次公布不填。已经公布过的年度是冻结的，再次公布必须写明理由；原来的结果会保留在 publications 里。",
        default="",
    ),
]
