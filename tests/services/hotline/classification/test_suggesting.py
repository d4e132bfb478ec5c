"""What is suggested about a ticket: by rules, and by a model trained on the spot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.hotline.classification.assessing import assess, learning_curve
from services.hotline.classification.examples import Example
from services.hotline.classification.model import UnreadableModelError, packed, unpacked
from services.hotline.classification.picture import confusion_svg
from services.hotline.classification.rows import examples_of
from services.hotline.classification.rules import RulesClassifier
from services.hotline.classification.taxonomy import UnreadableTaxonomyError, load, shipped
from services.hotline.classification.training import train

RULES = RulesClassifier(shipped())
MATTERS = {
    "融资信贷": ("银行不给续贷", "贷款利率太高", "担保公司收费高", "抵押贷款放款慢", "信用贷款额度不够"),
    "用工社保": ("招工困难缺工人", "社保缴费基数疑问", "工伤保险如何办理", "人才补贴何时发放", "劳动仲裁怎么申请"),
    "要素保障": ("园区经常停电", "天然气价格上涨", "停水影响生产", "宽带网络故障", "蒸汽管道检修"),
}
EXAMPLES = [
    Example(f"{text}（样例{n}）", f"我公司反映：{text}，请协调。", value)
    for value, texts in MATTERS.items()
    for text in texts
    for n in range(4)
]


def test_rules_say_what_a_ticket_is_and_by_which_words() -> None:
    told = RULES.suggest("我司贷款续贷困难", "银行要求增加抵押，请问能否协调担保？今天就要逾期。")
    assert told.model == "rules-1"
    assert told.subject is not None and told.subject.value == "融资信贷/贷款/贷款难"
    assert {"贷款", "续贷"} <= set(told.subject.grounds)
    assert told.department is not None and told.department.value == "jrjg"
    assert told.urgency is not None and (told.urgency.value, "逾期" in told.urgency.grounds) == ("urgent", True)


def test_rules_tell_a_residents_matter_from_an_enterprises() -> None:
    home = RULES.suggest("小区路灯不亮", "业主晚上回家，小区物业不管。").enterprise_matter
    works = RULES.suggest("我厂停电", "车间生产线停了，公司订单要误期。").enterprise_matter
    assert home is not None and home.value == "no"
    assert works is not None and works.value == "yes"


def test_rules_alone_are_never_sure_enough_to_apply_by_themselves() -> None:
    told = RULES.suggest("贷款贷款贷款", "贷款 " * 200)
    assert told.subject is not None and told.subject.confidence <= 0.85


def test_what_no_word_speaks_for_is_left_open() -> None:
    told = RULES.suggest("您好", "。")
    assert (told.subject, told.department, told.nature) == (None, None, None)


def test_a_model_is_the_same_data_each_time_and_answers_the_same_elsewhere() -> None:
    first, second = (packed(train({"subject": EXAMPLES}, [("停电检修", "线路检修公告")])) for _ in range(2))
    assert first == second
    here = unpacked(first, "m").suggest("车间停电", "园区又停电了")
    code = (
        "import sys;from services.hotline.classification.model import unpacked;"
        "print(unpacked(sys.stdin.read(),'m').suggest('车间停电','园区又停电了').model_dump_json());"
        "assert 'sklearn' not in sys.modules"
    )
    there = subprocess.run([sys.executable, "-c", code], input=first, text=True, capture_output=True, check=True)
    assert there.stdout.strip() == here.model_dump_json()
    assert here.subject is not None and here.subject.value == "要素保障"
    assert "停电" in here.subject.grounds


def test_a_model_is_assessed_on_tickets_it_has_not_seen() -> None:
    found = assess("subject", EXAMPLES)
    assert found.macro_f1 > 0.9 > found.majority_f1
    assert sum(sum(row.values()) for row in found.confusion.values()) == len(EXAMPLES)
    assert sum(each.tickets for each in found.bins) == len(EXAMPLES)
    picture = confusion_svg(found.confusion, "样例")
    assert all(value in picture for value in MATTERS) and picture.startswith("<svg")


def test_the_curve_grows_with_what_was_learnt_from() -> None:
    points = learning_curve("subject", EXAMPLES)
    sizes = [each.tickets for each in points]
    assert sizes == sorted(sizes) and sizes[-1] < len(EXAMPLES)  # a fold is always held back
    assert points[-1].macro_f1 == assess("subject", EXAMPLES).macro_f1
    assert points[0].macro_f1 <= points[-1].macro_f1


def test_an_aspect_with_two_values_is_learnt_too() -> None:
    binary = [Example(each.title, each.content, "yes" if each.value == "要素保障" else "no") for each in EXAMPLES]
    model = train({"enterprise_matter": binary})
    guess = model.suggest("停水停电", "").enterprise_matter
    assert guess is not None and guess.value == "yes"


@pytest.mark.parametrize("artefact", ["", "nothing", "eJw=", packed(train({"subject": EXAMPLES}))[:-8]])
def test_what_is_no_model_is_refused(artefact: str) -> None:
    with pytest.raises(UnreadableModelError):
        unpacked(artefact, "m")


def test_rows_with_differing_headers_teach_and_what_cannot_is_named() -> None:
    rows = [{"诉求标题": e.title, "诉求内容": e.content, "一级标签": e.value, "是否企业诉求": "是"} for e in EXAMPLES]
    rows += [
        {"诉求标题": "少见", "一级标签": "罕见类"},
        {"一级标签": "融资信贷"},
        {"标题": "x", "是否企业诉求": "也许"},
    ]
    found = examples_of(rows)
    assert list(found.by_aspect) == ["subject"]
    assert len(found.by_aspect["subject"]) == len(EXAMPLES)
    said = "".join(found.left_out)
    assert all(part in said for part in ("罕见类", "第62行", "也许", "enterprise_matter"))


def test_everything_wrong_with_a_taxonomy_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "taxonomy.csv"
    file.write_text(
        "一级,二级,三级,承办部门,词\n融资,,贷款难,jrjg,贷款\n融资,贷款,难/易,,\n税费,税收,退税,,\n税费,税收,退税,,\n"
    )
    with pytest.raises(UnreadableTaxonomyError) as wrong:
        load(file)
    assert all(part in str(wrong.value) for part in ("第2行", "第3行", "第5行"))


def test_the_shipped_taxonomy_has_three_levels_and_words_everywhere() -> None:
    leaves = shipped().leaves
    assert len({leaf.path[0] for leaf in leaves}) >= 10
    assert all(len(leaf.words) >= 3 and leaf.department for leaf in leaves)
