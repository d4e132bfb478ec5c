"""`chengce tickets`: train the model that suggests, and ask it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.hotline.classification.examples import Text
from services.hotline.classification.model import packed
from services.hotline.classification.picture import confusion_svg, curve_svg
from services.hotline.classification.rows import Examples, examples_of
from services.hotline.classification.rules import RulesClassifier
from services.hotline.classification.taxonomy import Taxonomy, UnreadableTaxonomyError, load
from shared.cli.connection import base_url, platform_secret
from shared.cli.loading import sign_in
from shared.http.spreadsheets import UnreadableTableError, lines_of
from shared.runtime.settings import Settings

app = typer.Typer(help="工单：用本地已办理的工单训练分类模型，试用分类。", no_args_is_help=True)
_console = Console(stderr=True, highlight=False)
_LABELS = {"subject": "主题", "nature": "性质", "department": "承办部门", "enterprise_matter": "是否企业诉求"}
Url = Annotated[str | None, typer.Option(help="平台地址，默认 http://127.0.0.1:端口")]
TaxonomyFile = Annotated[Path | None, typer.Option(help="分类目录（CSV），默认用平台设置的目录")]


@app.command("train")
def train_command(
    files: Annotated[
        list[Path] | None, typer.Argument(help="已办理的工单（CSV、xlsx 或 JSON），列名不限于一种")
    ] = None,
    handled: Annotated[bool, typer.Option(help="加上平台上已办理的工单")] = False,
    unlabelled: Annotated[list[Path] | None, typer.Option(help="未标注的工单，帮助认识词语")] = None,
    taxonomy: TaxonomyFile = None,
    picture: Annotated[Path | None, typer.Option(help="主题混淆表的图片（SVG）写到哪里")] = None,
    curve: Annotated[Path | None, typer.Option(help="训练件数与主题宏平均 F1 的曲线（SVG）写到哪里")] = None,
    activate: Annotated[bool, typer.Option(help="登记后立即启用")] = False,
    dry_run: Annotated[bool, typer.Option(help="只训练和评估，不登记")] = False,
    url: Url = None,
) -> None:
    """Train from handled tickets, show how good it is on tickets it has not seen, and hand it to the platform.

    Exit codes: 0 done, 1 a file or the platform could not be used, or there was too little to learn from.
    """
    from services.hotline.classification.training import train  # scikit-learn takes seconds: only who trains waits

    rows = [row for path in files or () for row in _rows(path)]
    with httpx.Client(base_url=base_url(url), timeout=120) as client:
        if handled or not dry_run:
            client.headers["Authorization"] = f"Bearer {sign_in(platform_secret())}"
        rows += _handled(client) if handled else []
        examples = _examples(rows)
        leaves = _taxonomy(taxonomy)
        texts = [text for path in unlabelled or () for text in examples_of(_rows(path)).texts]
        light = _light(leaves, examples)
        card = _card(examples, texts, light, picture)
        if curve is not None:
            card["curve"] = _curve(examples, texts, light, curve)
        model = train(examples.by_aspect, texts, light)
        artefact = packed(model)
        _console.print(f"模型大小 {len(artefact) / 1024:.0f} KB。")
        if not dry_run:
            _hand_over(client, artefact, card, activate=activate)


@app.command("classify")
def classify(
    file: Annotated[Path, typer.Argument(help="工单（CSV、xlsx 或 JSON）")],
    taxonomy: TaxonomyFile = None,
    most: Annotated[int, typer.Option(help="最多显示几行")] = 20,
) -> None:
    """Show what the rules of the taxonomy suggest, as before the first training."""
    rules = RulesClassifier(_taxonomy(taxonomy))
    table = Table("标题", "主题", "部门", "性质", "紧急", "企业诉求", "依据")
    for title, content in examples_of(_rows(file)).texts[:most]:
        told = rules.suggest(title, content)
        aspects = (told.subject, told.department, told.nature, told.urgency, told.enterprise_matter)
        values = [f"{guess.value} {guess.confidence:.2f}" if guess else "" for guess in aspects]
        table.add_row(title[:30], *values, "、".join(told.subject.grounds) if told.subject else "")
    Console().print(table)


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        return [line.row for line in lines_of(path.read_bytes(), path.suffix.lower())]
    except (OSError, UnreadableTableError) as error:
        raise _ended(f"{path}：{error}") from error


def _handled(client: httpx.Client) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        answer = _asked(client, "GET", "/api/hotline/training-rows", params={"cursor": cursor} if cursor else {})
        rows += answer["items"]
        cursor = answer["next"]
        if cursor is None:
            return rows


def _examples(rows: list[dict[str, Any]]) -> Examples:
    examples = examples_of(rows)
    for line in examples.left_out[:20]:
        _console.print(f"[yellow]{escape(line)}[/]")
    if len(examples.left_out) > 20:
        _console.print(f"[yellow]另有{len(examples.left_out) - 20}条未列出。[/]")
    if not examples.by_aspect:
        raise _ended("没有足够的已标注工单：请提供带有主题、性质、承办部门或是否企业诉求的工单。")
    return examples


def _taxonomy(path: Path | None) -> Taxonomy:
    try:
        return load(path or Settings().ticket_taxonomy)
    except UnreadableTaxonomyError as error:
        raise _ended(str(error)) from error


def _light(taxonomy: Taxonomy, examples: Examples) -> list[tuple[str, str]]:
    """The taxonomy's words under the values that the labels use: whole paths, or the first level alone."""
    values = {each.value for each in examples.by_aspect.get("subject", [])}
    return [
        (value, text)
        for subject, text in taxonomy.texts()
        for value in (subject, subject.split("/")[0])
        if value in values
    ]


def _card(examples: Examples, texts: list[Text], light: list[tuple[str, str]], picture: Path | None) -> dict[str, Any]:
    from services.hotline.classification.assessing import assess

    card: dict[str, Any] = {"labelled": len(examples.texts), "unlabelled": len(texts), "aspects": {}}
    table = Table("方面", "工单", "宏平均 F1", "多数类", "朴素贝叶斯", "准确率", "置信度误差", title="交叉验证（五折）")
    for aspect, of in examples.by_aspect.items():
        with _console.status(f"评估{_LABELS[aspect]} …"):
            found = assess(aspect, of, texts, light if aspect == "subject" else [])
        card["aspects"][aspect] = found.model_dump()
        f1 = f"{found.macro_f1:.3f} ± {found.deviation:.3f}"
        baselines = (f"{found.majority_f1:.3f}", f"{found.naive_bayes_f1:.3f}")
        table.add_row(
            _LABELS[aspect],
            str(found.tickets),
            f1,
            *baselines,
            f"{found.accuracy:.3f}",
            f"{found.calibration_error:.3f}",
        )
        if aspect == "subject" and picture is not None:
            picture.write_text(confusion_svg(found.confusion, "主题：行为实际，列为建议"), "utf-8")
    Console().print(table)
    card["limits"] = _limits(card["aspects"])
    return card


def _curve(examples: Examples, texts: list[Text], light: list[tuple[str, str]], path: Path) -> list[dict[str, Any]]:
    from services.hotline.classification.assessing import learning_curve

    if "subject" not in examples.by_aspect:
        raise _ended("没有带主题的工单，画不出主题的曲线。")
    with _console.status("评估不同的训练件数 …"):
        points = learning_curve("subject", examples.by_aspect["subject"], texts, light)
    drawn = [(each.tickets, each.macro_f1, each.deviation) for each in points]
    path.write_text(curve_svg(drawn, "主题：宏平均 F1 与训练工单件数"), "utf-8")
    return [each.model_dump() for each in points]


def _limits(aspects: dict[str, Any]) -> list[str]:
    few = [
        f"{_LABELS[name]}：{value}仅{n}件"
        for name, of in aspects.items()
        for value, n in of["values"].items()
        if n < 30
    ]
    said = ["只适用于与训练工单来源相近的工单；建议供人参考，低于设定置信度的不自动采用。"]
    return said + (["样本较少，结果不稳：" + "；".join(few) + "。"] if few else [])


def _hand_over(client: httpx.Client, artefact: str, card: dict[str, Any], *, activate: bool) -> None:
    kept = _asked(client, "POST", "/api/hotline/models", json={"artefact": artefact, "card": card})
    typer.echo(f"已登记模型 {kept['id']}。")
    if activate:
        reason = {"reason": "训练后启用。"}
        _asked(client, "POST", f"/api/hotline/models/{kept['id']}/activate", json=reason)
        typer.echo("已启用，新的工单由该模型给出建议。")


def _asked(client: httpx.Client, method: str, path: str, **more: Any) -> dict[str, Any]:
    try:
        answer = client.request(method, path, **more)
    except httpx.TransportError as error:
        raise _ended(f"连接不上平台 {client.base_url}（{error!r}）。请先启动平台，或用 --url 指明地址。") from error
    if answer.is_error:
        raise _ended(f"平台拒绝了请求（{answer.status_code}）：{answer.text}")
    found: dict[str, Any] = answer.json()
    return found


def _ended(said: str) -> typer.Exit:
    _console.print(f"[red]{escape(said)}[/]", soft_wrap=True)
    return typer.Exit(1)
