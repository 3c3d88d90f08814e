"""The columns of ad reports: their names, what each holds, and at which level it can be had.

Names and ranges are facts of the description of `analytics/create_report`, whose list of columns
is too long for a type. Which columns a level lacks Pinterest publishes for PRODUCT_ITEM alone; the
rest follows from what a row is about, and is kept to what cannot be otherwise.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ColumnType: TypeAlias = Literal["text", "integer", "number", "date"]
"""What a column holds: an id or a word, a count or money in millionths, a rate, a day."""

TARGETING: Final = "_TARGETING"
"""How the name of a level ends whose rows are split by target."""

LEVELS: Final[tuple[str, ...]] = (
    "ADVERTISER", "ADVERTISER_TARGETING", "CAMPAIGN", "CAMPAIGN_TARGETING", "AD_GROUP",
    "AD_GROUP_TARGETING", "PIN_PROMOTION", "PIN_PROMOTION_TARGETING", "KEYWORD", "PRODUCT_GROUP",
    "PRODUCT_GROUP_TARGETING", "PRODUCT_ITEM", "PRODUCT_ITEM_TARGETING",
)  # fmt: skip
GRANULARITIES: Final[tuple[str, ...]] = ("TOTAL", "DAY", "HOUR", "WEEK", "MONTH")

_CONVERSIONS = (
    "{PAGE_VISIT,SIGNUP,CHECKOUT,CUSTOM,ADD_TO_CART,LEAD,SEARCH,WATCH_VIDEO,VIEW_CATEGORY,"
    "APP_INSTALL,UNKNOWN}"
)
_DEVICE = "{DESKTOP,MOBILE,TABLET}"
_VIDEO = (
    "{3SEC_VIEWS,15SEC_UNIQUE_VIEWS,P100_COMPLETE,P0_COMBINED,P25_COMBINED,P50_COMBINED,"
    "P75_COMBINED,P95_COMBINED,MRC_VIEWS}"
)

_PATTERNS: Final[tuple[str, ...]] = (
    "{,ADS_CREDIT_}SPEND_IN_{MICRO_DOLLAR,DOLLAR}", "PAID_IMPRESSION",
    "{CPC,ECPC,ECPM,CPM}_IN_MICRO_DOLLAR", "{ECPC,ECPE,CPM}_IN_DOLLAR",
    "{CTR,ECTR,CTR_2,OUTBOUND_CTR,OUTBOUND_CTR_1}", ("COST_PER_OUTBOUND_CLICK{,_IN_DOLLAR,"
    "_IN_DOLLAR_1}"), "{ENGAGEMENT,EENGAGEMENT,REPIN,TOTAL_REPIN}_RATE",
    ("CAMPAIGN{,_NAME,_STATUS,_ID,_ENTITY_STATUS,_MANAGED_STATUS,_OBJECTIVE_TYPE,_BRAND_LABEL,"
    "_CUSTOM_LABELS,_LIFETIME_SPEND_CAP,_DAILY_SPEND_CAP,_BUDGET_OPTIMIZATION}"),
    "{PIN_PROMOTION,AD}_{STATUS,ID,NAME}", "{PIN,ADVERTISER,AD_ACCOUNT,STANDARD_AD_FEED_ITEM}_ID",
    ("AD_GROUP_{ID,NAME,STATUS,BUDGET_TYPE,BUDGET_IN_LOCAL_CURRENCY,ENTITY_STATUS,BID_MULTIPLIER,"
    "OPTIMIZATION}"), "PRODUCT_GROUP_{ID,STATUS,AD_IMAGE_TAG,AD_VIDEO_TAG}",
    "{PROMO,ORDER_LINE}_{ID,NAME}", "SPEND_ORDER_LINE_ID",
    ("PRODUCT_ITEM_{NAME,IMAGE_URL,PRICE,PRODUCT_URL,PIN_URL,BRAND,DESCRIPTION,SALE_PRICE,"
    "PRODUCT_TYPE,PRODUCT_CATEGORY,CURRENCY}"), "IS_{PREMIERE_CAMPAIGN,CATALOG_CREATIVE_CAMPAIGN}",
    "{CLICKTHROUGH,REPIN,IMPRESSION,OUTBOUND_CLICK,ENGAGEMENT}_{1,2}",
    "{IMPRESSION,CLICKTHROUGH}_1_GROSS", "TOTAL_{ENGAGEMENT,CLICKTHROUGH,IMPRESSION}",
    "TOTAL_IMPRESSION_{USER,FREQUENCY}",
    f"TOTAL_{{ENGAGEMENT,CLICK,VIEW}}_{_CONVERSIONS}{{,_VALUE_IN_MICRO_DOLLAR}}",
    f"TOTAL_{{ENGAGEMENT,CLICK,VIEW}}_{_CONVERSIONS.replace('APP_INSTALL,', '')}_QUANTITY",
    "TOTAL_CONVERSIONS{,_VALUE_IN_MICRO_DOLLAR,_QUANTITY}", ("{TOTAL_WEB_SESSIONS,WEB_SESSIONS_1,"
    "WEB_SESSIONS_2,ONSITE_CHECKOUTS_1}"),
    f"TOTAL_{_CONVERSIONS}_{_DEVICE}_ACTION_TO_{_DEVICE}_CONVERSION",
    f"TOTAL_{_CONVERSIONS.replace(',UNKNOWN', '')}", "TOTAL_{ADD_TO_WISHLIST,SUBSCRIBE}",
    (f"TOTAL_{_CONVERSIONS.replace('PAGE_VISIT,', '').replace(',UNKNOWN', '')}"
    "_VALUE_IN_MICRO_DOLLAR"), "TOTAL_CHECKOUT_QUANTITY",
    "{PAGE_VISIT,APP_INSTALL}_COST_PER_ACTION",
    "{PAGE_VISIT,CHECKOUT,CUSTOM}_ROAS", f"VIDEO_{_VIDEO}_{{1,2}}", f"TOTAL_VIDEO_{_VIDEO}",
    "{PAID_VIDEO_VIEWABLE_RATE,VIDEO_LENGTH,VIDEO_SPEND_IN_DOLLAR}",
    "{CPV,CPCV,CPCV_P95}_IN_MICRO_DOLLAR", "{ECPV,ECPCV,ECPCV_P95}_IN_DOLLAR",
    ("{VIDEO_AVG_WATCHTIME_IN_SECOND_1,VIDEO_AVG_WATCHTIME_IN_SECOND_2,"
    "TOTAL_VIDEO_AVG_WATCHTIME_IN_SECOND,TOTAL_DESTINATION_VIEWS}"),
    *(
        f"{{{platform}_{kind}_{{COST_PER_ACTION,ROAS}},TOTAL_{platform}_{{,CLICK_,ENGAGEMENT_,"
        f"VIEW_}}{kind}{{,_VALUE_IN_MICRO_DOLLAR}}}}"
        for platform, kinds in (
            ("WEB", ("CHECKOUT ADD_TO_CART PAGE_VISIT SIGNUP WATCH_VIDEO LEAD SEARCH VIEW_CATEGORY "
             "CUSTOM UNKNOWN")),
            ("INAPP", "CHECKOUT ADD_TO_CART SIGNUP SEARCH UNKNOWN APP_INSTALL"),
            ("OFFLINE", "CHECKOUT SIGNUP LEAD CUSTOM UNKNOWN"),
        )
        for kind in kinds.split()
    ),
    "PINTEREST_CHECKOUT_{COST_PER_ACTION,ROAS}",
    "TOTAL_PINTEREST_CHECKOUT{,_VALUE_IN_MICRO_DOLLAR}", ("TOTAL_{,INAPP_}APP_INSTALL_CONVERSION_"
    "RATE"), "{IDEA_PIN_PAGE_FORWARD,IDEA_PIN_PAGE_BACKWARD,IDEA_PIN_PRODUCT_TAG_VISIT}_{1,2}",
    "TOTAL_IDEA_PIN_{PAGE_FORWARD,PAGE_BACKWARD,PRODUCT_TAG_VISIT}",
    "{LEADS,COST_PER_LEAD,QUIZ_COMPLETED,QUIZ_COMPLETION_RATE}",
    ("SHOWCASE_{PIN_CLICKTHROUGH,{SUBPAGE,SUBPIN}_{CLICKTHROUGH,IMPRESSION,SWIPE_LEFT,SWIPE_RIGHT,"
    "REPIN},SUBPAGE_CLOSEUP,CARD_THUMBNAIL_SWIPE_{FORWARD,BACKWARD},"
    "AVERAGE_SUBPAGE_CLOSEUP_PER_SESSION}"),
    f"TOTAL_{_CONVERSIONS.replace('APP_INSTALL,', '')}_CONVERSION_RATE",
    "{COLLECTION_PIN_ITEM_IMPRESSION,COLLECTION_PIN_ITEM_CLICKTHROUGH}_{1,2}",
    "TOTAL_COLLECTION_PIN_ITEM_{IMPRESSION,CLICKTHROUGH}",
    "INAPP_SKAN_{,ASSISTED_}APP_INSTALL", ("INAPP_SKAN_APP_INSTALL_{COST_PER_ACTION,"
    "CONVERSION_RATE}"),
)  # fmt: skip
"""The names, with alternatives in braces."""


def _parts(text: str) -> Iterator[str]:
    """Cut at the commas that stand in no inner braces."""
    depth, begin = 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if letter == "," and not depth:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]


def _expanded(pattern: str) -> list[str]:
    """Every name that a pattern stands for."""
    pieces: list[list[str]] = []
    depth, begin = 0, 0
    for place, letter in enumerate(pattern):
        if letter == "{":
            if not depth:
                pieces.append([pattern[begin:place]])
                begin = place + 1
            depth += 1
        elif letter == "}":
            depth -= 1
            if not depth:
                inner = pattern[begin:place]
                pieces.append([name for part in _parts(inner) for name in _expanded(part)])
                begin = place + 1
    pieces.append([pattern[begin:]])
    return ["".join(chosen) for chosen in product(*pieces)]


COLUMNS: Final[tuple[str, ...]] = tuple(
    dict.fromkeys(name for pattern in _PATTERNS for name in _expanded(pattern))
)
"""The columns that an asynchronous report may be asked for."""

GIVEN_KEYS: Final[dict[str, str]] = {"KEYWORD": "KEYWORD_ID", "PRODUCT_ITEM": "PRODUCT_ITEM_ID"}
"""Levels whose id comes with every row and cannot be asked for. Inferred: no column names it."""

_KEYS: Final[dict[str, str]] = {
    "ADVERTISER": "ADVERTISER_ID",
    "CAMPAIGN": "CAMPAIGN_ID",
    "AD_GROUP": "AD_GROUP_ID",
    "PIN_PROMOTION": "PIN_PROMOTION_ID",
    "PRODUCT_GROUP": "PRODUCT_GROUP_ID",
    **GIVEN_KEYS,
}

_TEXT = re.compile(
    r"_(ID|NAME|STATUS|TYPE|LABEL|LABELS|TAG|CAP|OPTIMIZATION|MULTIPLIER|CURRENCY)$"
    r"|^(CAMPAIGN|TARGETING_VALUE)$|^PRODUCT_ITEM_|^IS_"
)
_NUMBER = re.compile(r"CTR|_RATE|ROAS|COST_PER|^E?CP|FREQUENCY|_AVG_|AVERAGE|(?<!MICRO)_DOLLAR")
_OF_CONVERSIONS = re.compile(
    r"ROAS|COST_PER_ACTION|_CONVERSION|^TOTAL_CONVERSIONS|_VALUE_IN_|_QUANTITY"
    r"|^TOTAL_((WEB|INAPP|OFFLINE|PINTEREST)_)?((CLICK|VIEW|ENGAGEMENT)_)?"
    r"(PAGE_VISIT|SIGNUP|CHECKOUT|CUSTOM|ADD_TO_CART|LEAD|SEARCH|WATCH_VIDEO|VIEW_CATEGORY"
    r"|APP_INSTALL|UNKNOWN|ADD_TO_WISHLIST|SUBSCRIBE)$|^ONSITE_CHECKOUTS|SKAN"
)


def column_type(column: str) -> ColumnType:
    """What a column holds, as its name says.

    Money named MICRO is a whole number of millionths of the ad account's currency, but for averages
    such as CPC_IN_MICRO_DOLLAR; an id is text.
    """
    if column == "DATE":
        return "date"
    if _TEXT.search(column):
        return "text"
    return "number" if _NUMBER.search(column) else "integer"


def counts_conversions(column: str) -> bool:
    """Whether a column is of conversions, which keep coming in for days, and has no hours."""
    return _OF_CONVERSIONS.search(column) is not None


def key_of(level: str, granularity: str) -> tuple[str, ...]:
    """The columns that tell a row of a report from every other.

    Args:
        level: of the report.
        granularity: of the report.
    """
    of_day = () if granularity == "TOTAL" else ("DATE",)
    of_target = ("TARGETING_TYPE", "TARGETING_VALUE") if level.endswith(TARGETING) else ()
    return (*of_day, _KEYS[level.removesuffix(TARGETING)], *of_target)


_ABOUT: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("PRODUCT_ITEM", re.compile(r"^PRODUCT_ITEM_")),
    ("PRODUCT_GROUP", re.compile(r"^(PRODUCT_GROUP_|PROMO_)")),
    ("PIN_PROMOTION", re.compile(r"^(PIN_PROMOTION_|AD_(ID|NAME|STATUS)|PIN_ID|STANDARD_AD_)")),
    ("AD_GROUP", re.compile(r"^AD_GROUP_")),
    ("CAMPAIGN", re.compile(r"^(CAMPAIGN|ORDER_LINE_|SPEND_ORDER_|IS_)")),
)
"""What a column is about that is no figure."""

_SEEN_FROM: Final[dict[str, frozenset[str]]] = {
    "ADVERTISER": frozenset(),
    "CAMPAIGN": frozenset({"CAMPAIGN"}),
    "AD_GROUP": frozenset({"CAMPAIGN", "AD_GROUP"}),
    "PIN_PROMOTION": frozenset({"CAMPAIGN", "AD_GROUP", "PIN_PROMOTION"}),
    "KEYWORD": frozenset({"CAMPAIGN", "AD_GROUP"}),
    "PRODUCT_GROUP": frozenset({"CAMPAIGN", "AD_GROUP", "PIN_PROMOTION", "PRODUCT_GROUP"}),
    "PRODUCT_ITEM": frozenset({"CAMPAIGN", "AD_GROUP", "PRODUCT_GROUP", "PRODUCT_ITEM"}),
}
"""What a row of a level is about, and is in. PRODUCT_ITEM without ads is Pinterest's word."""


def lacking(columns: Iterable[str], level: str, granularity: str) -> list[str]:
    """Those of the columns that a report of this level and granularity does not have.

    Args:
        columns: known ones.
        level: of the report.
        granularity: of the report.
    """
    seen = _SEEN_FROM[level.removesuffix(TARGETING)]
    hourly = granularity == "HOUR"
    return [
        column
        for column in columns
        if (hourly and counts_conversions(column)) or (_about(column) or "") not in {"", *seen}
    ]


def _about(column: str) -> str | None:
    return next((level for level, pattern in _ABOUT if pattern.search(column)), None)


class Range:
    """How far back a report may begin, and how many days it may span beyond its first."""

    def __init__(self, back: int, wide: int) -> None:
        self.back: int = back
        self.wide: int = wide


def range_of(level: str, granularity: str) -> Range:
    """The days that a report of this level and granularity may cover."""
    if granularity == "HOUR":
        return Range(8, 3)
    return Range(92, 31) if level.startswith("PRODUCT_ITEM") else Range(914, 186)
