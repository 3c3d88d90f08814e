"""What the codes of feeds mean, and what helps. The codes are Pinterest's, the words are ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE_FEED: Final[Mapping[str, str]] = {
    "ACCOUNT_FLAGGED": "the account is blocked for now: ask Pinterest's help center",
    "DELIMITER_ERROR": "the lines cannot be cut into columns: look at delimiters and quotes",
    "ENCODING_ERROR": "the file is in no encoding that Pinterest reads: write it in UTF-8",
    "FEED_LENGTH_TOO_LONG": "there are more items than a feed may have: divide it",
    "FEED_TOO_SMALL": "the file has too few lines to be a feed",
    "FETCH_ERROR": "the file could not be fetched: is its address public, and are the user name "
    "and password right?",
    "FETCH_GOOGLE_SHEET_NOT_SHARED": "the Google sheet is not shared with anyone who has the link",
    "FETCH_GOOGLE_SHEET_PUBLIC_CAN_EDIT": "the Google sheet can be changed by anyone: share it to "
    "be viewed",
    "FETCH_INACTIVE_FEED_ERROR": "the file has not changed for 90 days, and is not read any more",
    "FETCH_SAME_SIGNATURE": "the file is the same as last time, and was not read again",
    "INTERNAL_SERVICE_ERROR": "a fault of Pinterest's: it tries again within a day",
    "LARGE_PRODUCT_COUNT_DECREASE": "more than 99 of 100 items would go, so nothing was changed",
    "MALFORMED_XML": "the file is no well-formed XML",
    "NO_VERIFIED_DOMAIN": "the shop's website is not claimed by this account",
    "REQUIRED_COLUMNS_MISSING": "columns are missing that every feed has to have",
}
"""What keeps a feed from being read, or says why it was not."""

_ITEMS: Final[Mapping[str, str]] = {
    "ADULT_INVALID": "adult is neither yes nor no",
    "ADWORDS_SAME_AS_LINK": "the link for ads is the same as the link",
    "AD_LINK_SAME_AS_LINK": "ad_link is the same as link",
    "AVAILABILITY_INVALID": "availability is missing or none of in stock, out of stock, preorder",
    "BLOCKLISTED_IMAGE_SIGNATURE": "the picture is against Pinterest's merchant guidelines",
    "COUNTRY_DOES_NOT_MAP_TO_CURRENCY": "the currency is not that of the country",
    "DESCRIPTION_LENGTH_TOO_LONG": "description is too long, and cut",
    "DUPLICATE_HEADERS": "a column is there twice",
    "DUPLICATE_PRODUCTS": "several items have the same id",
    "INCONSISTENT_CURRENCY_VALUES": "the prices of one item are in several currencies",
    "INDEXED_PRODUCT_COUNT_LARGE_DELTA": "there are many more, or fewer, items than last time",
    "INVALID_DOMAIN": "link does not lead to the website that the account has claimed",
    "ITEMID_MISSING": "id is missing",
    "ITEM_ADDITIONAL_IMAGE_DOWNLOAD_FAILURE": "an additional picture could not be fetched",
    "ITEM_MAIN_IMAGE_DOWNLOAD_FAILURE": "the picture could not be fetched",
    "LINE_LEVEL_INTERNAL_ERROR": "a fault of Pinterest's with some items: it tries again within a "
    "day",
    "MAX_ITEMS_PER_ITEM_GROUP_EXCEEDED": "an item group has more items than it may",
    "PARSE_LINE_ERROR": "the line cannot be read",
    "PINJOIN_CONTENT_UNSAFE": "the item is against Pinterest's merchant guidelines",
    "PRICE_CANNOT_BE_DETERMINED": "price, list price and sale price contradict each other",
    "PRODUCT_CATEGORY_DEPTH_WARNING": "google_product_category should have three levels or more",
    "PRODUCT_LINK_MISSING": "link is missing",
    "PRODUCT_PRICE_INVALID": "price has to look like 12.50 EUR",
    "SALES_PRICE_INVALID": "sale_price is higher than price",
    "SALES_PRICE_TOO_HIGH": "sale_price is higher than price, which is shown in its place",
    "SALES_PRICE_TOO_LOW": "sale_price is much lower than price",
    "TITLE_LENGTH_TOO_LONG": "title is too long, and cut",
    "TOO_MANY_ADDITIONAL_IMAGE_LINKS": "there are more additional pictures than are shown",
    "UTM_SOURCE_AUTO_CORRECTED": "utm_source in the link was put right",
    "VIDEO_REQUIRED_WHEN_AD_VIDEO_PROVIDED": "an item with a video for ads needs a video",
}

# What the codes of one kind end with; before it stands the attribute.
_ENDS: Final = (
    ("_LENGTH_TOO_LONG", "is too long"),
    ("_MISSING", "is missing"),
    ("_REQUIRED", "is missing, though its counterpart is there"),
    ("_DUPLICATED", "is there twice"),
    ("_FORMAT_INVALID", "is not in the right form"),
    ("_FORMAT_WARNING", "is not in the right form"),
    ("_INVALID", "is not in the right form"),
    ("_WARNING", "is not in the right form, and left out"),
    ("_FILE_NOT_ACCESSIBLE", "could not be fetched"),
    ("_FILE_NOT_FOUND", "could not be fetched"),
    ("_MALFORMED_URL", "has an address that is none"),
    ("_INVALID_FILE", "is no file of its kind"),
    ("_LEVEL_INTERNAL_ERROR", "could not be fetched, by a fault of Pinterest's"),
    ("_PROCESSING_EMPTY_FILE", "is an empty file"),
    ("_PROCESSING_HEIGHT_TOO_SMALL", "is less than 75 pixels high"),
    ("_PROCESSING_WIDTH_TOO_SMALL", "is less than 75 pixels wide"),
    ("_PROCESSING_TOO_MANY_PIXELS", "has too many pixels"),
    ("_PROCESSING_TYPE_MISMATCH", "is not of the kind that its name says"),
    ("_DOWNLOAD_VIDEO_TOO_SHORT", "is shorter than 4 seconds"),
    ("_LENGTH_TOO_SHORT", "is shorter than 4 seconds"),
)
_STATUS: Final = re.compile(r"(\w+)_DOWNLOAD_HTTP_STATUS_(\d+)")
_FETCHED: Final = re.compile(r"(\w+)_DOWNLOAD_(INTERNAL_)?\w+")


def words_of(code: str) -> str:
    """What a code means, in a few words; of one that is not known, its own."""
    known = WHOLE_FEED.get(code) or _ITEMS.get(code)
    if known is not None:
        return known
    if status := _STATUS.fullmatch(code):
        return f"{status[1].lower()}: its host answered {status[2]}"
    for end, said in _ENDS:
        if code.endswith(end):
            return f"{code.removesuffix(end).removeprefix('OPTIONAL_').lower()} {said}"
    if fetched := _FETCHED.fullmatch(code):
        fault = ", by a fault of Pinterest's" if fetched[2] else ""
        return f"{fetched[1].lower()} could not be fetched{fault}"
    return code.replace("_", " ").lower()
