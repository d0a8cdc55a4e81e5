"""What a reviewer of a draft needs to see, as artifacts of its run."""

import json
import logging
from pathlib import Path
from urllib.parse import quote

import polars as pl

from flows.coverage import read_coverage
from flows.orchestrator.account import show_coverage
from flows.orchestrator.artifacts import key_of, listed, show_table, show_text, summary
from flows.orchestrator.surroundings import origin
from flows.results.changes import Changes
from flows.results.drafts import short
from flows.results.marks import words
from flows.results.outcomes import Drafted
from flows.scheme import Scheme
from flows.settings import SQL, pages_url, read_settings
from flows.warehouse.engine import Connection, read_frame
from flows.warehouse.models import read_models
from flows.warehouse.run_tables import read_files

logger = logging.getLogger("pingyi")


def show_review(connection: Connection, scheme: Scheme, drafted: Drafted) -> None:
    """Shows summary, annexes, what changed, what is missing, the rows set aside, the checks made and the models."""
    for group in scheme.groups:
        annex = pl.read_parquet(drafted.folder / "tables" / f"annex_{group.id}.parquet", glob=False)
        show_table(
            key_of("annex", group.id), annex, f"{group.label}前 {group.publish_top} 名（{words(short(drafted.sha256))}）"
        )
    if drafted.changes:
        show_text("changes", _changes(drafted.changes), drafted.changes.sentence)
        if drafted.changes.sites:
            show_table("changed-sites", _changed_sites(drafted.changes), drafted.changes.sentence)
    show_coverage(read_coverage(connection, scheme))
    _show_quarantine(connection)
    _show_checks(connection)
    _show_models(connection)
    facts = _facts(connection, scheme, drafted)
    show_text("summary", summary(scheme.title, facts, drafted.warnings, _links(drafted)), drafted.sentence)


def _facts(connection: Connection, scheme: Scheme, drafted: Drafted) -> list[str]:
    files = read_files(connection)
    facts = [scheme.notice] if scheme.notice else []
    facts += [
        f"草稿编号：`{drafted.sha256}`（公布时至少写前 12 位）",
        f"{len(files)} 个原始文件，{sum(file['rows_in'] for file in files)} 行，其中 {sum(file['quarantined'] for file in files)} 行不合格",
        f"结果在 {drafted.folder}",
    ]
    if drafted.changes:
        facts.append(f"{drafted.changes.sentence}（见 changes）")
    return [*facts, *drafted.unequal_figures]


def _links(drafted: Drafted) -> dict[str, str]:
    links = {}
    pages = pages_url()
    # What the pages show is the installation's own data home.
    if pages and _other_home(drafted) is None:
        links["通报（网页）"] = f"{pages}/drafts/{drafted.year}/index.html"
        links["草稿的全部文件（通报 DOCX、PDF，各网站评议单，结果表）"] = f"{pages}/files/drafts/{drafted.year}/"
        links["数据校验"] = f"{pages}/drafts/{drafted.year}/validation/index.html"
    form = _publish_form(drafted)
    if form:
        links["公布这份草稿（打开已填好的表单）"] = form
    return links


def _publish_form(drafted: Drafted) -> str:
    """The address of the form by which this draft is published, already filled in; empty where none is deployed."""
    if not origin()[1]:
        return ""
    from prefect.client.orchestration import get_client
    from prefect.settings import get_current_settings

    settings = get_current_settings()
    ui = settings.ui_url or str(settings.api.url).removesuffix("/api")
    try:
        with get_client(sync_client=True) as client:
            target = client.read_deployment_by_name("publish/publish").id
    except Exception as fault:
        logger.warning("没有找到名为 publish 的部署（%s），请在 Deployments 里按编号公布。", fault)
        return ""
    elsewhere = _other_home(drafted)
    filled = {"year": drafted.year, "draft": drafted.sha256} | ({"data_dir": str(elsewhere)} if elsewhere else {})
    parameters = json.dumps(filled, separators=(",", ":"))
    return f"{ui}/v2/deployments/deployment/{target}/run?parameters={quote(parameters)}"


def _other_home(drafted: Drafted) -> Path | None:
    """The draft's data home, where it is not the one that forms and pages take for granted."""
    home = drafted.folder.parent.parent
    return None if home == read_settings().home.path else home


def _changes(changed: Changes) -> str:
    lines = [f"# {changed.sentence}", "", "## 变动的原因", "", *(listed(changed.causes) or ["- 没有"])]
    if changed.sites:
        lines += ["", f"得分或名次不同的 {len(changed.sites)} 个网站见 changed-sites，变动大的在前。"]
    return "\n".join(lines)


def _changed_sites(changed: Changes) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "网站": site.name,
                "组": site.group,
                "原名次": site.rank_before,
                "名次": site.rank,
                "原得分": site.composite_before,
                "得分": site.composite,
                "变动的来源": "；".join(site.sources),
            }
            for site in changed.sites
        ],
        schema_overrides={"原名次": pl.Int64, "名次": pl.Int64, "原得分": pl.Decimal(9, 2), "得分": pl.Decimal(9, 2)},
    )


def _show_quarantine(connection: Connection) -> None:
    rows = read_frame(
        connection,
        """
        select
            dataset as 数据, file as 文件, line as 行, "column" as 列, value as 值, reason as 原因,
            '改正原始文件的这一行（或请送件单位重送），再重新运行' as 怎么办
        from raw.quarantine order by dataset, file, line, "column"
        """,
    )
    if rows.height:
        show_table("quarantine", rows, f"不合格而没有计入的 {rows.height} 行")


def _show_checks(connection: Connection) -> None:
    rows = read_frame(
        connection,
        """
        select title as 检查, says as 应当, case when holds then '符合' else '不符' end as 结果
        from run.expectations order by position
        """,
    )
    show_table("checks", rows, f"{rows.height} 项数据校验")


def _show_models(connection: Connection) -> None:
    models = {model.name: model for model in read_models(SQL)}
    rows = connection.execute("select model, rows from run.models order by position").fetchall()
    frame = pl.DataFrame(
        [
            {"模型": name, "说明": models[name].summary, "读取": "、".join(sorted(models[name].reads)), "行数": count}
            for name, count in rows
        ]
    )
    show_table("models", frame, f"{frame.height} 个模型，每个是 sql/ 里的一个文件")
