"""A small year with a source of every kind and every dataset, evaluated from its raw files."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from flows.datasets import Dataset
from flows.datasets.crawl import SCANS
from flows.evaluate.evaluation import Evaluation, aside
from flows.evaluate.pipeline import pipeline, published_suites, raw_suites
from flows.home import Home
from flows.host.progress import silent
from flows.orchestrator.steps import run_here
from flows.scheme import Scheme
from flows.scheme.datasets import datasets
from flows.scheme.file import parse_scheme, read_scheme
from flows.settings import read_settings
from flows.validation.suites import Suite

YEAR = 2007
_TEXT = """
year = 2007
title = "评议"
timezone = "Asia/Shanghai"
tie_break = ["public"]
[aspects]
disclosure = { label = "信息公开", weight = 0.4 }
services = { label = "网上办事", weight = 0.6 }
[groups.department]
label = "市政府部门"
publish_top = 1
weights = { public = 0.2, expert = 0.2, self_check = 0.2, daily_work = 0.2, service_audit = 0.1, mayor = 0.1 }
[groups.district]
label = "区县政府"
publish_top = 1
weights = { public = 0.2, expert = 0.2, self_check = 0.2, daily_work = 0.2, service_audit = 0.1, mayor = 0.1 }
[sources.public]
label = "公众评议"
kind = "ballots"
opens = 2007-11-01
closes = 2007-12-20
levels = [ { label = "满意", points = 100 }, { label = "不满意", points = 0 } ]
satisfied = ["满意"]
[sources.expert]
label = "专家评议"
kind = "panel"
[sources.self_check]
label = "网站自查"
kind = "claims"
indicators = [ { id = "s01", label = "公开", max = 10 }, { id = "s02", label = "互动", max = 5 } ]
[sources.daily_work]
label = "日常工作考查"
kind = "records"
indicators = [
  { id = "d01", label = "报送", max = 20, rule = "ratio", target = 30 },
  { id = "d02", label = "死链", max = 10, rule = "deduct", per = 0.5, from_crawl = "dead_links" },
]
[sources.service_audit]
label = "网上办事核查"
kind = "audit"
item_types = { acceptance = "在线受理", query = "查询" }
approval_items_for = ["department"]
[sources.mayor]
label = "市长评分"
kind = "given"
[crawl]
wide = { site = "address", checked_at = "scanned", checks = { up = "live" } }
"""

SCHEME: Scheme = parse_scheme(_TEXT.encode(), YEAR, f"{YEAR}.toml")

SITES = pl.DataFrame(
    {
        "site_id": ["s1", "s2", "s3"],
        "group": ["department", "department", "district"],
        "name": ["一", "二", "三"],
        "url": [None, None, None],
    },
    schema_overrides={"url": pl.String},
)

# The files of every dataset, under the name of its suite.
RAW = {
    "public": "ballot_id,submitted_at,voter,site,disclosure,services,overall,seconds\n"
    "b1,2007-11-15 10:00:00,v1,s1,满意,不满意,满意,9\nb2,2007-11-15 10:00:00,v2,s2,满意,满意,不满意,8\n"
    "b3,2007-11-15 10:00:00,v3,s3,不满意,满意,满意,7\n",
    "expert": "expert_id,site,aspect,score\ne1,s1,services,80\ne1,s2,services,90\ne1,s3,disclosure,70.5\n",
    "expert_experts": "expert_id,site\ne1,\n",
    "self_check": "site,indicator,points\ns1,s01,8\ns2,s02,5\ns3,s01,1\n",
    "self_check_verified": "site,indicator,points\ns1,s01,7\ns2,s02,5\n",
    "daily_work": "site,indicator,month,value\ns1,d01,2007-01,15\ns2,d01,2007-01,30\ns3,d01,2007-01,3\n",
    "service_audit": "item_id,site,name,item_type,approval,reachable,guide,form,online,forms,sheets\n"
    "i1,s1,甲,query,false,na,na,na,pass,1,2\ni2,s2,乙,query,false,na,na,na,fail,0,0\n"
    "i3,s3,丙,acceptance,false,na,na,na,pass,3,4\n",
    "service_audit_items": "item_id,site,name,item_type,approval\ni1,s1,甲,acceptance,false\n",
    "mayor": "site,score\ns1,70\ns2,80\ns3,90\n",
    "crawl": "site,checked_at,check,passed,value\ns1,2007-01-15 10:00:00,dead_links,true,2\ns2,2007-01-15 10:00:00,dead_links,false,3\n",
    "portal_traffic": "column,month,views\n要闻,2007-01,10\n便民,2007-01,20\n",
    "portal_stats": "metric,value,previous\n访问量,100,80\n信件,50,\n",
    "waivers": "source,site,item,reason,approved_by,approved_on\npublic,s1,ballots,理由,张三,2008-01-01\n",
    "crawl_scans": "address,scanned,live\ns1,2007-01-15 10:00:00,true\ns3,2007-01-15 10:00:00,\n",
}


def drawing(dataset: Dataset) -> str:
    """The name under which a dataset's file stands here: a scanner's own tables are delivered in the folder `crawl` too."""
    return "crawl_scans" if dataset == SCANS else dataset.name


DATASETS: tuple[Dataset, ...] = (*datasets(SCHEME), SCANS)


@contextmanager
def evaluated() -> Iterator[Evaluation]:
    """The year with every model built; nothing has checked it."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.schemes.mkdir()
        home.scheme(YEAR).write_text(_TEXT, encoding="utf-8")
        for dataset in DATASETS:
            path = home.raw(YEAR) / dataset.name / f"{drawing(dataset)}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(RAW[drawing(dataset)], encoding="utf-8")
        SITES.write_csv(home.register(YEAR))
        with aside(read_settings(home.path), read_scheme(home, YEAR), nullcontext(silent)) as evaluation:
            run_here(step for step in pipeline(evaluation) if not step.check)
            yield evaluation


def suites(evaluation: Evaluation) -> list[Suite]:
    """Every suite of the year, as a yearly run makes them."""
    return [*raw_suites(evaluation), *published_suites(evaluation)]
