"""The auditors' table: one line a service item."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from flows.scheme import Scheme
from flows.simulate.audit_items import CHECKS, Items
from flows.simulate.delivery import RawFolder
from flows.simulate.faulty import Spoilt, with_faulty_rows
from flows.simulate.formats import write_csv
from flows.simulate.roster import Roster
from flows.simulate.spelling import either, spelled_sites, spelled_things, wide
from flows.simulate.streams import stream

_SUBJECTS = (
    "企业名称预先核准", "外商投资项目", "食品卫生许可", "建设工程规划许可", "房屋拆迁许可", "道路运输经营许可", "医疗机构执业登记",
    "社会团体成立登记", "民办学校设立", "户口迁移", "居住证办理", "出入境证件", "婚姻登记预约", "养老服务补贴", "失业保险待遇",
    "医疗保险转移", "住房公积金提取", "廉租住房申请", "税务登记", "环境影响评价", "排污许可", "取水许可", "绿化占用许可", "户外广告设置",
    "渣土运输处置", "文化经营许可", "体育场所开放", "旅行社设立", "特种设备登记", "计量器具检定", "专利资助", "高新技术企业认定",
    "农产品产地认证", "粮食收购资格", "档案查阅", "律师执业", "公证事项", "会计从业资格", "残疾人证办理", "再生育审批",
)  # fmt: skip
_CHECK_WORDS = (("通过", "pass"), ("不通过", "fail"), ("不适用", ""))


def write_items(folder: RawFolder, scheme: Scheme, roster: Roster, items: Items, seed: int) -> None:
    source = items.source
    rng = stream(seed, source.id, "files")
    count = len(items.sites)
    labels = pl.Series([kind.label for kind in source.item_types]).gather(items.types)
    day = date(scheme.year, 11, 5)
    days = pl.Series([(day + timedelta(days=number)).isoformat() for number in range(40)])
    numbered = pl.Series(np.arange(1, count + 1)).cast(pl.String).str.zfill(5)
    several = f"{source.id}-" if len(scheme.of_kind("audit")) > 1 else ""
    spelled_approval = either(_words(("否", "是"), items.approval), _words(("0", "1"), items.approval), rng, 0.1)
    rows = pl.DataFrame(
        {
            "item_id": f"{several}SX{scheme.year}" + numbered,
            "site": spelled_sites(roster, items.sites, rng),
            "name": pl.Series(_SUBJECTS).gather(rng.integers(0, len(_SUBJECTS), count)) + "（" + labels + "）",
            "item_type": spelled_things(source.item_types, items.types, rng, by_label=0.85),
            "approval": spelled_approval,
            **{check: _checked(items.checks[:, position], rng) for position, check in enumerate(CHECKS)},
            "forms": wide(_amount(items.forms), rng, 0.02),
            "sheets": _amount(items.sheets),
            "audited_on": days.gather(rng.integers(0, len(days), count)),
            "auditor": pl.Series(["核查员甲", "核查员乙", "核查员丙", "核查员丁"]).gather(rng.integers(0, 4, count)),
        }
    )
    rows = with_faulty_rows(rows, _spoilt(scheme), scheme.max_quarantined, rng, key="item_id")
    write_csv(folder.path(source.id, "items.csv", rows.height), rows, encoding="utf-8-sig", end="\r\n")


def _words(words: tuple[str, str], flags: np.ndarray) -> pl.Series:
    return pl.Series(words).gather(flags.astype(np.int64))


def _checked(results: np.ndarray, rng: np.random.Generator) -> pl.Series:
    chinese, english = (pl.Series(words).gather(results) for words in zip(*_CHECK_WORDS, strict=True))
    return either(chinese, english, rng, 0.1)


def _amount(values: np.ndarray) -> pl.Series:
    """Where there is no form, most auditors leave the cell empty."""
    texts = pl.Series(values).cast(pl.String)
    return texts.set(texts == "0", None)


def _spoilt(scheme: Scheme) -> list[Spoilt]:
    return [
        Spoilt(),
        Spoilt("site", "市某某局"),
        Spoilt("item_type", "其他"),
        Spoilt("approval", "待定"),
        Spoilt("online", "基本通过"),
        Spoilt("audited_on", f"{scheme.year}-12-32"),
    ]
