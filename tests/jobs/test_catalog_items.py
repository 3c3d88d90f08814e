"""Rows of items: names of Google Merchant, values in Pinterest's form, and what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from pinterest_async.jobs._rows import Unreadable
from pinterest_async.jobs.catalogs.items import ItemRow, RowReader
from tests.support.catalog_world import row


def read(given: object, *, currency: str | None = None, ignore_unknown: bool = False) -> ItemRow:
    """Read one row."""
    return RowReader(currency=currency, ignore_unknown=ignore_unknown).read(7, given)


@pytest.mark.parametrize(
    ("name", "value", "attribute", "made"),
    [
        ("title", "Plum", "title", "Plum"),
        ("g:title", " Plum ", "title", "Plum"),
        ("Image Link", "https://x.example/a.jpg", "image_link", ["https://x.example/a.jpg"]),
        ("imageLink", "https://x.example/a.jpg", "image_link", ["https://x.example/a.jpg"]),
        ("image_link", ["https://x.example/a.jpg"], "image_link", ["https://x.example/a.jpg"]),
        ("additional_image_link", "https://x.example/a,b.jpg,https://x.example/c.jpg",
         "additional_image_link", ["https://x.example/a,b.jpg", "https://x.example/c.jpg"]),
        ("additionalImageLinks", ["https://x.example/a.jpg"], "additional_image_link",
         ["https://x.example/a.jpg"]),
        ("variant_names", "Color|Size, large", "variant_names", ["Color", "Size, large"]),
        ("variant_values", "red,40", "variant_values", ["red", "40"]),
        ("price", "12.50 EUR", "price", "12.50 EUR"),
        ("price", "12.50EUR", "price", "12.50 EUR"),
        ("price", "EUR 12.50", "price", "12.50 EUR"),
        ("price", "12.50 eur", "price", "12.50 EUR"),
        ("salePrice", {"value": "9.99", "currency": "EUR"}, "sale_price", "9.99 EUR"),
        ("availability", "in_stock", "availability", "in stock"),
        ("availability", "Out Of Stock", "availability", "out of stock"),
        ("ads_redirect", "https://x.example/a?ad", "ad_link", "https://x.example/a?ad"),
        ("adwords_redirect", "https://x.example/a?ad", "ad_link", "https://x.example/a?ad"),
        ("customLabel0", "spring", "custom_label_0", "spring"),
        ("custom_label_4", 5, "custom_label_4", "5"),
        ("gtin", 3234567890126, "gtin", "3234567890126"),
        ("gtin", "0012345600012", "gtin", "0012345600012"),
        ("adult", "no", "adult", False),
        ("adult", True, "adult", True),
        ("productTypes", ["Home > Kitchen"], "product_type", "Home > Kitchen"),
        ("sizes", ["M"], "size", "M"),
        ("installment", "10:10.00 USD", "installment_price", "10:10.00 USD"),
        ("number_of_reviews", "12", "number_of_reviews", 12),
        ("custom_number_0", 3.0, "custom_number_0", 3),
        ("average_review_rating", "4.5", "average_review_rating", 4.5),
        ("itemGroupId", 12, "item_group_id", "12"),
        ("googleProductCategory", 499972, "google_product_category", "499972"),
    ],
)  # fmt: skip
def test_values_take_pinterests_form(name: str, value: object, attribute: str, made: Any) -> None:
    """A column becomes an attribute, whoever named it, with a value that Pinterest takes."""
    found = read({"id": "a", name: value})
    assert found.problems == []
    assert found.item_id == "a"
    assert found.attributes == {attribute: made}


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("title", "   ", "title is blank"),
        ("title", {"en": "Plum"}, "title is no text"),
        ("title", True, "title is no text"),
        ("link", "x.example/a", "link must be an address that begins with http:// or https://"),
        ("link", f"https://x.example/{'a' * 494}", "link has 512 characters, at most 511"),
        ("image_link", "ftp://x.example/a.jpg", "image_link must be an address"),
        ("item_group_id", "g" * 128, "item_group_id has 128 characters, at most 127"),
        ("custom_label_0", "x" * 512, "custom_label_0 has 512 characters, at most 511"),
        ("price", "12,50 EUR", "price '12,50 EUR' has to look like 12.50 EUR"),
        ("price", "free", "price 'free' has to look like 12.50 EUR"),
        ("price", "EUR 1 EUR", "price 'EUR 1 EUR' has to look like"),
        ("price", "0 EUR", "price must be more than 0"),
        ("price", "12.50", "names no currency, and Pinterest would take it for US dollars"),
        ("price", [1], "price is no price"),
        ("sale_price", "-1 EUR", "sale_price '-1 EUR' has to look like"),
        ("availability", "backorder", "'backorder' is none of in stock, out of stock, preorder"),
        ("adult", "maybe", "adult 'maybe' is neither yes nor no"),
        ("number_of_reviews", "1.5", "number_of_reviews '1.5' is no whole number"),
        ("number_of_reviews", "many", "is no whole number"),
        ("average_review_rating", "good", "average_review_rating 'good' is no number"),
        ("average_review_rating", "NaN", "is no number"),
        ("variant_names", 3, "variant_names is no list"),
        ("ai_disclosures", "yes", "Expected `array`"),
        ("titel", "Plum", "'titel' is no attribute of an item (did you mean title?)"),
        ("colour_of_the_sky", "blue", "rename it, or pass ignore_unknown=True"),
        ("Title", "Rye", "title is given twice"),
    ],
)
def test_what_is_wrong_is_said(name: str, value: object, problem: str) -> None:
    """Each thing that Pinterest would refuse is named in a sentence, with what to do."""
    found = read({"id": "a", "g:title": "Plum", name: value} if name == "Title" else
                 {"id": "a", name: value})  # fmt: skip
    (said,) = found.problems
    assert problem in said


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"title": "Plum"}, "item_id is missing"),
        ({"id": "", "title": "Plum"}, "item_id is missing"),
        ({"id": "  ", "title": "Plum"}, "item_id is blank"),
        ({"id": "x" * 128}, "item_id has 128 characters, at most 127"),
        ({"id": "a", "item_id": "b"}, "item_id is given twice"),
        (["a", "b"], "it is no mapping"),
        (Unreadable("not JSON in UTF-8"), "not JSON in UTF-8"),
    ],
)
def test_rows_need_an_id(given: object, problem: str) -> None:
    """A row without an id that can be read is wrong."""
    assert problem in read(given).problems[0]


def test_a_whole_row_lacks_nothing() -> None:
    """What Pinterest does not publish an item without is known, and found to be there."""
    assert (read(row(1)).missing, read(row(1)).problems) == ([], [])
    bare = read({"id": "a", "title": "Plum", "price": "free"})
    assert bare.missing == ["description", "link", "image_link", "availability"]


def test_a_currency_is_given_for_all() -> None:
    """Prices that name none take the currency that was given; others keep theirs."""
    assert read({"id": "a", "price": 12.5}, currency="EUR").attributes["price"] == "12.5 EUR"
    assert read({"id": "a", "price": "1 CHF"}, currency="EUR").attributes["price"] == "1 CHF"


def test_what_google_has_alone_is_passed_over() -> None:
    """Columns of Google Merchant without a counterpart are left out and named, others on demand."""
    reader = RowReader(currency=None, ignore_unknown=False)
    found = reader.read(1, {"id": "a", "g:identifier_exists": "no", "Multipack": "6"})
    assert (found.problems, found.attributes) == ([], {})
    assert reader.passed_over == {"g:identifier_exists", "Multipack"}
    lenient = RowReader(currency=None, ignore_unknown=True)
    assert lenient.read(1, {"id": "a", "warehouse": "7"}).problems == []
    assert lenient.passed_over == {"warehouse"}
