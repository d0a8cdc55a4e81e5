"""The questions about a new year, one after the other, and how they are put: to somebody at a terminal, or to the options of a
command. Each answer is held at once against the scheme's own reader."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy

from flows.beginning.plan import (
    Named,
    Plan,
    PlannedSource,
    Question,
    Refused,
    Wrong,
    all_named,
    even,
    sentences,
    shares,
    whole,
    words,
)
from flows.beginning.toml import scheme_text
from flows.errors import OperatorError, UsageError
from flows.scheme.file import parse_scheme
from flows.sources import behaviour, kinds

_GROUPS = "部门=20"
_SOURCES = "公众评议=ballots:60 专家评议=panel:40"
_ASPECTS = "信息公开=30 网上办事=40 互动交流=30"
_ZONE = "Asia/Shanghai"
# What an answer may change, but for the keys of sources.
_PARTS = ("title", "timezone", "office", "groups", "aspects", "weights", "sources")


def first_plan(year: int) -> Plan:
    """The plan before anybody has answered: a valid scheme of the usual answers."""
    plan = Plan(year, "", "", [], [], [])
    for question in _programme(plan):
        if question.usual:
            question.answer(question.usual)
    for source in plan.sources:
        _usual(plan, source)
    return plan


def ask(plan: Plan, read: Callable[[str], str], say: Callable[[str], None]) -> None:
    """Asks every question; `read` shows a question and returns what was typed, `say` shows a sentence.

    An answer that the scheme's reader does not take is told in its sentences, and asked for again.
    """
    for question in all_questions(plan):
        while True:
            typed = read(f"{question.asked}{f' [{question.usual}]' if question.usual else ''}：").strip() or question.usual
            try:
                if not typed and not question.optional:
                    raise Wrong("这一项要写")
                take(plan, lambda question=question, typed=typed: question.answer(typed))
                break
            except Wrong as wrong:
                for sentence in wrong.sentences:
                    say(f"  · {sentence}。" if not sentence.endswith("。") else f"  · {sentence}")


def answer(plan: Plan, given: Mapping[str, Sequence[str]]) -> list[str]:
    """Answers the questions by name, each with the words that were written; the others keep the usual answer.

    Returns the usual answers that were taken, as sentences. Raises `UsageError` with all that is wrong or missing.
    """
    faults: list[str] = []
    assumed: list[str] = []
    names: list[str] = []

    def changed(question: Question) -> bool:
        try:
            take(plan, lambda: question.put(_words(question, given[question.name])))
        except Wrong as wrong:
            where = "" if isinstance(wrong, Refused) else f"{question.name}："
            faults.extend(f"{where}{sentence}" for sentence in wrong.sentences)
            return False
        return True

    for question in all_questions(plan, every_weight=True):
        names.append(question.name)
        if question.name in given:
            if not changed(question) and question.name in ("groups", "sources"):
                # What was written about these cannot be told from what is wrong.
                raise _refused(faults)
        elif not question.usual and not question.optional:
            faults.append(f"还缺 {question.name}（{question.asked}）")
        elif not question.name.endswith(".weights"):
            assumed.append(f"{question.asked}：{question.usual or '没有写'}")
    for name in given:
        if name not in names:
            faults.append(f"没有“{name}”这一项，有的是 {'、'.join(names)}")
    if faults:
        raise _refused(faults)
    return assumed


def _words(question: Question, texts: Sequence[str]) -> list[str]:
    """The words of an answer: an option that may be written several times says one thing each time."""
    return list(texts) if question.one or len(texts) > 1 else words(texts[0])


def _refused(faults: Sequence[str]) -> UsageError:
    return UsageError(f"选项有 {len(faults)} 处要改，没有写出任何文件：", faults)


def take(plan: Plan, change: Callable[[], None]) -> None:
    """Changes the plan; raises `Wrong` with all that the scheme's reader finds at fault then, and leaves it as it was."""
    kept = {name: copy(getattr(plan, name)) for name in _PARTS}
    keys = [dict(source.keys) for source in plan.sources]
    try:
        change()
        check(plan)
    except Wrong:
        for name, value in kept.items():
            setattr(plan, name, value)
        for source, before in zip(plan.sources, keys, strict=True):
            # The questions about a source hold on to its keys.
            source.keys.clear()
            source.keys.update(before)
        raise


def check(plan: Plan) -> None:
    """Raises `Wrong` where the plan is no valid scheme."""
    try:
        parse_scheme(scheme_text(plan.table()).encode(), plan.year, f"{plan.year}.toml")
    except OperatorError as fault:
        raise Refused(*sentences(fault)) from None


def all_questions(plan: Plan, every_weight: bool = False) -> Iterator[Question]:
    """Every question, each made when the ones before it are answered. The weights of the first group are said with the sources,
    unless `every_weight` asks for them too."""
    yield from _programme(plan)
    ids = [source.label for source in plan.sources]
    for place, (group, _) in enumerate(plan.groups):
        if place or every_weight:
            yield _weights(plan, group, f"{group.label}：各来源的权重，依次是 {'、'.join(ids)}")
    if plan.rates_aspects:
        yield _aspects(plan)
    for source in plan.sources:
        yield from _of_source(plan, source)


def _programme(plan: Plan) -> Iterator[Question]:
    def title(texts: list[str]) -> None:
        plan.title = texts[0]

    def timezone(texts: list[str]) -> None:
        plan.timezone = texts[0]

    def office(texts: list[str]) -> None:
        plan.office = texts[0]

    yield Question("title", "评议的名称", f"{plan.year}年政府网站评议", title, one=True)
    yield Question("timezone", "时区", _ZONE, timezone, one=True)
    yield Question("office", "主持评议的单位，催报函用它落款（不写就空着）", "", office, one=True, optional=True)
    yield Question("groups", "组别和各公布前几名", _GROUPS, lambda texts: set_groups(plan, texts))
    yield Question(
        "sources",
        f"评分来源、种类和权重（种类：{'、'.join(f'{name} {kind.noun}' for name, kind in kinds().items())}）",
        _SOURCES,
        lambda texts: set_sources(plan, texts),
    )
    if not plan.aspects:
        # Before the question is reached there must be some, since the kinds before it may rate them.
        set_aspects(plan, _ASPECTS.split())


def _aspects(plan: Plan) -> Question:
    return Question("aspects", "评议内容和权重（选票和专家打分分项评议）", _ASPECTS, lambda texts: set_aspects(plan, texts))


def _weights(plan: Plan, group: Named, asked: str) -> Question:
    usual = " ".join(f"{weight * 100:f}".rstrip("0").rstrip(".") for weight in next(iter(plan.weights.values())))
    return Question(f"{group.id}.weights", asked, usual, lambda texts: set_weights(plan, group.id, texts))


def set_groups(plan: Plan, texts: Sequence[str]) -> None:
    found = all_named(texts, "部门=20")
    usual = next(iter(plan.weights.values()), [])
    plan.groups = [(group, whole(group.value, f"{group.label} 公布的名次数")) for group in found]
    plan.weights = {group.id: list(usual) for group in found}


def set_sources(plan: Plan, texts: Sequence[str]) -> None:
    called = {name: name for name in kinds()} | {kind.noun: name for name, kind in kinds().items()}
    found = all_named(texts, "公众评议=ballots:60")
    parts = [source.value.replace("：", ":").partition(":") for source in found]
    unknown = [kind.strip() for kind, _, _ in parts if kind.strip() not in called]
    if unknown:
        raise Wrong(
            f"没有“{unknown[0]}”这个种类，应为 {'、'.join(f'{name}（{kind.noun}）' for name, kind in kinds().items())} 之一"
        )
    weights = [weight for _, _, weight in parts]
    if any(weights) and not all(weights):
        raise Wrong("有的来源写了权重，有的没有：要写就都写，如 公众评议=ballots:60 专家评议=panel:40")
    shared = shares(weights, "来源") if any(weights) else even(len(found))
    plan.sources = [
        PlannedSource(source.id, source.label, called[kind.strip()]) for source, (kind, _, _) in zip(found, parts, strict=True)
    ]
    plan.weights = {group.id: list(shared) for group, _ in plan.groups}
    for source in plan.sources:
        _usual(plan, source)


def set_aspects(plan: Plan, texts: Sequence[str]) -> None:
    found = all_named(texts, "信息公开=30")
    plan.aspects = list(zip(found, shares([aspect.value for aspect in found], "评议内容"), strict=True))


def set_weights(plan: Plan, group: str, texts: Sequence[str]) -> None:
    numbers = [part for text in texts for part in text.replace("、", "/").split("/") if part]
    if len(numbers) != len(plan.sources):
        raise Wrong(
            f"写了 {len(numbers)} 个权重，来源有 {len(plan.sources)} 个：{'、'.join(each.label for each in plan.sources)}"
        )
    plan.weights[group] = shares(numbers, group)


def _of_source(plan: Plan, source: PlannedSource) -> Iterator[Question]:
    asked = behaviour("beginning", source.kind)
    if asked is None:
        raise UsageError(
            f"{source.label}（{source.id}）是 {source.kind} 类，这个命令还不会问它的规则，没有写出任何文件。"
            f"请换一个种类，或请开发人员补上 flows/beginning/{source.kind}.py。"
        )
    yield from asked.questions(plan, source)


def _usual(plan: Plan, source: PlannedSource) -> None:
    """The usual answers to the questions of a source."""
    for question in _of_source(plan, source):
        if question.usual:
            question.answer(question.usual)
