"""The kinds of runs, in words: alone, since the help of every command waits for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of run: its name for operators, and what it does. Commands, forms, runs and status use these words."""

    label: str
    purpose: str


KINDS = {
    "nightly": Kind("每晚运行", "检测网站，接收和校验新到的数据，刷新暂行得分；不公布任何结果。"),
    "draft": Kind(
        "年度草稿",
        "接收、校验、评分、排名，做成一份草稿供审阅；不公布任何结果。"
        "审阅它的 Artifacts（summary、annex、changes、quarantine、checks），再用 publish 按草稿编号公布。",
    ),
    "yearly": Kind("评议并公布", "接收、校验、评分、排名并公布一个年度的结果。"),
    "publish": Kind(
        "公布",
        "按编号公布一份审阅过的草稿。草稿、原始数据、方案或计算结果的程序在草稿做成以后有任何变动，都会拒绝。"
        "公布过的年度是冻结的，再次公布要写明修订理由。",
    ),
    "crawl": Kind("网站检测", "检测登记册中的每个网站，结果作为一夜一个的原始文件保存；中断了再运行会接着做。"),
    "check": Kind("检查数据", "检查方案和原始文件能否接收，列出不合格的行；不改动任何东西。"),
    "report": Kind("重做通报", "用已公布的结果表重新生成通报、页面和各网站的评议单；不重新评议，得分和名次不变。"),
    "reproduce": Kind("复算", "把每个已公布的年度从原始文件重新评议一遍，与公布的结果逐字节比较；不改动任何东西。"),
    "purge": Kind(
        "清除个人信息",
        "删去一个公布过的年度里能认出投票人和专家的东西：密钥、仓库、不合格的行；公布的结果和原始文件不动。不能恢复，所以要把年度再写一遍，并写明理由。",
    ),
    "acknowledge": Kind("确认丢失", "确认以前某一次公布的结果再也找不回来了：写进公布记录，以后不再当作需要处理的事。"),
    "scrub": Kind(
        "核对",
        "把公布的结果、以前的各次公布、公布记录、算出它们的文件、原始文件和仓库，逐个与记下的哈希核对；只记下发现了什么。每晚运行时也做。",
    ),
}
