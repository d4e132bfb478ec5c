"""What can be known about an enterprise (企业画像): the catalogue of facts, and the forms their values take.

Services meet here: registry keeps facts, policy's conditions speak about them. Keys are English, labels Chinese. The base
catalogue comes with the release; the data bureau adds definitions of its own, which registry announces (`FactDefined`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FactKey = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$", description="事实的键：小写英文、数字与下划线", examples=["revenue"])
]
SMALLEST, LARGEST = -(2**62), 2**62


class FactKind(StrEnum):
    """The form of a fact's values; it says which comparisons make sense.

    NUMBER: a whole number in the fact's unit, or a band of them. DATE: a day, or a band of days. FLAG: yes or no.
    CHOICE: one of the options. CODE: a code of a hierarchical list, where a prefix is the wider class. SET: all that the
    enterprise holds of something (qualifications); what is not in it, it does not hold.
    """

    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"
    CHOICE = "choice"
    CODE = "code"
    SET = "set"


class Unit(StrEnum):
    """What a number counts. Ratios are whole hundredths of a percent (万分之一), so that nothing is rounded."""

    FEN = "fen"  # 分
    PERSON = "person"  # 人
    PIECE = "piece"  # 件
    BASIS_POINT = "basis-point"  # 0.01 %
    YEAR = "year"
    MONTH = "month"
    SQUARE_METRE = "square-metre"
    TONNE = "tonne"
    CENTIPOINT = "centipoint"  # 0.01 points of a score


class NumberBand(BaseModel):
    """A number known to lie between two whole numbers, both included; an open end is None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least: int | None = Field(None, ge=SMALLEST, le=LARGEST)
    most: int | None = Field(None, ge=SMALLEST, le=LARGEST)

    @model_validator(mode="after")
    def _in_order(self) -> NumberBand:
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("区间的下限不能大于上限，请核对。")
        return self


class DateBand(BaseModel):
    """A day known to lie between two days, both included; an open end is None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    earliest: date | None = None
    latest: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> DateBand:
        if self.earliest and self.latest and self.earliest > self.latest:
            raise ValueError("起止日期的顺序不对，请核对。")
        return self


# NUMBER: int or NumberBand; DATE: ISO 8601 text or DateBand; FLAG: bool; CHOICE and CODE: str; SET: tuple of str.
FactValue = bool | int | NumberBand | DateBand | str | tuple[str, ...]
Standing = Literal["verified", "computed", "declared"]


class Option(BaseModel):
    """A value that a choice or a set can take."""

    model_config = ConfigDict(frozen=True)

    value: str = Field(min_length=1, max_length=60)
    label: str = Field(min_length=1, max_length=120)


class FactDefinition(BaseModel):
    """What a fact is called, how its values look, and how an enterprise is asked for it.

    `options` are all values of a CHOICE; of a SET they may be incomplete. `code_list` names the list of a CODE
    (`industries`: GB/T 4754-2017 with the section's letter, such as C3922; `divisions`: GB/T 2260 and its towns).
    """

    model_config = ConfigDict(frozen=True)

    key: FactKey
    label: str = Field(min_length=1, max_length=60)
    kind: FactKind
    unit: Unit | None = None
    options: tuple[Option, ...] = ()
    code_list: str | None = None
    question: str = Field("", max_length=200, description="向企业询问时的问法")

    def label_of(self, value: str) -> str:
        """The option's Chinese label; the value itself where there is none."""
        return next((option.label for option in self.options if option.value == value), value)


@dataclass(frozen=True, slots=True)
class Span:
    """A number, a day (`date.toordinal`) or a flag (0, 1), known exactly or to lie between two values, both included."""

    least: int
    most: int


# What conditions are evaluated on: NUMBER, DATE and FLAG are spans, CHOICE and CODE texts, SET a set.
Known = Span | str | frozenset[str]


def known(definition: FactDefinition, value: FactValue) -> Known:
    """A value in the form that conditions are evaluated on. Raises ValueError (a Chinese sentence) where it does not fit."""
    match definition.kind, value:
        case FactKind.FLAG, bool():
            return Span(int(value), int(value))
        case FactKind.NUMBER, int() if not isinstance(value, bool) and SMALLEST <= value <= LARGEST:
            return Span(value, value)
        case FactKind.NUMBER, NumberBand(least=least, most=most):
            return Span(SMALLEST if least is None else least, LARGEST if most is None else most)
        case FactKind.DATE, str():
            day = _day(definition, value).toordinal()
            return Span(day, day)
        case FactKind.DATE, DateBand(earliest=earliest, latest=latest):
            return Span((earliest or date.min).toordinal(), (latest or date.max).toordinal())
        case FactKind.CHOICE, str() if value in {option.value for option in definition.options}:
            return value
        case FactKind.CODE, str() if value:
            return value
        case FactKind.SET, tuple():
            return frozenset(value)
    raise ValueError(f"“{definition.label}”的值应为{_FORMS[definition.kind]}，请核对。")


_FORMS = {
    FactKind.NUMBER: "整数，或由 least、most 给出的区间",
    FactKind.DATE: "日期（年-月-日），或由 earliest、latest 给出的区间",
    FactKind.FLAG: "“是”或“否”（true、false）",
    FactKind.CHOICE: "所列选项之一",
    FactKind.CODE: "代码表中的代码",
    FactKind.SET: "若干项的清单",
}


def _day(definition: FactDefinition, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"“{definition.label}”应为存在的日期，例如 2021-12-23，请核对。") from error


def _n(key: str, label: str, unit: Unit, question: str = "") -> FactDefinition:
    return FactDefinition(
        key=key, label=label, kind=FactKind.NUMBER, unit=unit, question=question or f"{label}是多少？"
    )


def _f(key: str, label: str, question: str) -> FactDefinition:
    return FactDefinition(key=key, label=label, kind=FactKind.FLAG, question=question)


def _options(**labels: str) -> tuple[Option, ...]:
    return tuple(Option(value=value.replace("_", "-"), label=label) for value, label in labels.items())


_BASE = (
    FactDefinition(
        key="industry", label="所属行业", kind=FactKind.CODE, code_list="industries", question="主营业务属于哪个行业？"
    ),
    FactDefinition(
        key="division",
        label="注册地",
        kind=FactKind.CODE,
        code_list="divisions",
        question="在哪个镇、街道或开发区注册？",
    ),
    FactDefinition(key="established_on", label="成立日期", kind=FactKind.DATE, question="哪一天登记成立？"),
    FactDefinition(
        key="scale",
        label="企业规模",
        kind=FactKind.CHOICE,
        options=_options(large="大型", medium="中型", small="小型", micro="微型"),
        question="属于大型、中型、小型还是微型企业？",
    ),
    _n("employees", "从业人员", Unit.PERSON, "从业人员有多少人？"),
    _n("revenue", "上年度营业收入", Unit.FEN),
    _n("assets", "资产总额", Unit.FEN),
    _n("registered_capital", "注册资本", Unit.FEN),
    _n("tax_paid", "上年度纳税额", Unit.FEN),
    _n("rd_expense", "上年度研发费用", Unit.FEN),
    _n("rd_ratio", "研发费用占营业收入的比例", Unit.BASIS_POINT),
    _n("rd_staff", "研发人员", Unit.PERSON, "研发人员有多少人？"),
    _n("rd_staff_ratio", "研发人员占从业人员的比例", Unit.BASIS_POINT),
    _n("revenue_growth", "营业收入增长率", Unit.BASIS_POINT),
    _n("main_business_ratio", "主营业务收入占营业收入的比例", Unit.BASIS_POINT),
    _n("debt_ratio", "资产负债率", Unit.BASIS_POINT),
    _n("intellectual_properties", "有效知识产权", Unit.PIECE, "有多少件有效知识产权？"),
    _n("invention_patents", "有效发明专利", Unit.PIECE, "有多少件有效发明专利？"),
    _n("utility_patents", "有效实用新型专利", Unit.PIECE, "有多少件有效实用新型专利？"),
    _n("design_patents", "有效外观设计专利", Unit.PIECE, "有多少件有效外观设计专利？"),
    _n("software_copyrights", "软件著作权", Unit.PIECE, "有多少件软件著作权？"),
    _n("project_investment", "拟申报项目的投资额", Unit.FEN),
    _n("equipment_investment", "设备投资额", Unit.FEN),
    FactDefinition(
        key="qualifications",
        label="资质称号",
        kind=FactKind.SET,
        options=_options(
            high_tech="高新技术企业",
            tech_sme="科技型中小企业",
            innovative_sme="创新型中小企业",
            specialised_sme="专精特新中小企业",
            little_giant="专精特新“小巨人”企业",
            single_champion="制造业单项冠军企业",
            enterprise_technology_centre="企业技术中心",
            engineering_research_centre="工程技术研究中心",
            green_factory="绿色工厂",
        ),
        question="目前持有哪些有效的资质称号？",
    ),
    FactDefinition(
        key="certificates",
        label="管理体系认证",
        kind=FactKind.SET,
        options=_options(iso9001="ISO 9001", iso14001="ISO 14001", iso45001="ISO 45001", iso50001="ISO 50001"),
        question="通过了哪些管理体系认证？",
    ),
    _f("above_scale", "规模以上企业", "是否为规模以上企业？"),
    _f("listed", "境内外上市", "是否已在境内外上市？"),
    _f("major_accident", "近三年发生重大安全、环保或质量事故", "近三年是否发生过重大安全、环保或质量事故？"),
    _f("seriously_dishonest", "列入严重失信主体名单", "是否被列入严重失信主体名单？"),
    _f("abnormal_operation", "列入经营异常名录", "是否被列入经营异常名录？"),
)
BASE_CATALOGUE: Mapping[str, FactDefinition] = {definition.key: definition for definition in _BASE}
