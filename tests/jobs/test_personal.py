"""Personal values: each is hashed in the form that Pinterest's words give it, or refused.

The texts that are hashed were worked out by hand from those words. Each row says where they stand:

- S: the description of `events/create`, what its `user_data` says of this very member.
- S*: the same, where it leaves something open, with what decides it in brackets.
- E: ITU-T E.164, how a number is written for calls from abroad; [N] the numbering plan of the
  country, where a zero has to go or to stay.
- I: ISO 3166-1.
- H: what is a SHA-256 already is what Pinterest wants; nothing else is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from typing import Any

import pytest

from pinterest_async.errors import ConfigurationError
from pinterest_async.jobs._personal import (
    NORMALISERS,
    UnusableValue,
    all_hashed,
    check_default_country,
    hashed,
)

MUNICH = "München"
DIGEST = hashlib.sha256(b"ada@example.com").hexdigest()
MAID = "38400000-8cf0-11bd-b23e-10b96e40000d"

# Member, value, the text that is hashed, source.
GOOD: list[tuple[str, Any, str, str]] = [
    ("em", "ada@example.com", "ada@example.com", "S lowercase"),
    ("em", "Ada@Example.COM", "ada@example.com", "S lowercase"),
    ("em", "  ada@example.com\t\n", "ada@example.com", "S* [no address has blanks around it]"),
    ("em", "\u00a0ada@example.com\u00a0", "ada@example.com", "S* [likewise]"),
    ("em", "A.D.A@gmail.com", "a.d.a@gmail.com", "S lowercase, and nothing of dots"),
    ("em", "Ada+News@GMail.com", "ada+news@gmail.com", "S lowercase, and nothing of plus signs"),
    ("em", "ada@googlemail.com", "ada@googlemail.com", "S lowercase, and nothing of hosts"),
    ("em", "JÜRGEN@müller.de", "jürgen@müller.de", "S lowercase, UTF-8"),
    ("em", "Ju\u0308rgen@example.com", "jürgen@example.com", "S* [one text in two encodings]"),
    ("em", "o'hara_1%x@mail.example.co.uk", "o'hara_1%x@mail.example.co.uk", "S lowercase"),
    ("ph", "+4917012345678", "4917012345678", "S only digits with country code"),
    ("ph", "+49 170 123 456 78", "4917012345678", "S without spaces"),
    ("ph", "+49-170/1234.5678", "4917012345678", "S without symbols"),
    ("ph", "+49 (0)170 12345678", "4917012345678", "S, E [N: Germany drops the zero]"),
    ("ph", "+49 ( 0 ) 170 12345678", "4917012345678", "S, E [N]"),
    ("ph", "+49 0170 12345678", "4917012345678", "S, E [N]"),
    ("ph", "004917012345678", "4917012345678", "S without leading zeros"),
    ("ph", "0049 (0)170 12345678", "4917012345678", "S without leading zeros, E [N]"),
    ("ph", "+1 (212) 555-0199", "12125550199", "S without symbols"),
    ("ph", "001.212.555.0199", "12125550199", "S without leading zeros and symbols"),
    ("ph", "+44 (0)20 7946 0958", "442079460958", "S, E [N: Britain drops the zero]"),
    ("ph", "tel:+44-20-7946-0958", "442079460958", "S without letters"),
    ("ph", "+39 06 1234 5678", "390612345678", "S, E [N: Italy keeps the zero]"),
    ("ph", "+39 (0)6 1234 5678", "390612345678", "S, E [N: Italy keeps the zero]"),
    ("ph", "+7 916 123-45-67", "79161234567", "S only digits"),
    ("ph", "\uff0b\uff14\uff19 170 12345678", "4917012345678", "S only digits [full width]"),
    ("fn", "Ada", "ada", "S lowercase"),
    ("fn", "  ADA ", "ada", "S* [blanks around it are no part of a name]"),
    ("fn", "Jean-Luc", "jean-luc", "S lowercase, and nothing of hyphens"),
    ("fn", "Mary Ann", "mary ann", "S lowercase, and nothing of blanks"),
    ("fn", "JÜRGEN", "jürgen", "S lowercase, UTF-8"),
    ("fn", "Zoe\u0308", "zoë", "S* [one text in two encodings]"),
    ("fn", "Ольга", "ольга", "S lowercase, UTF-8"),
    ("fn", "美咲", "美咲", "S UTF-8"),
    ("ln", "van Dyk", "van dyk", "S lowercase, and nothing of blanks"),
    ("ln", "VAN DYK", "van dyk", "S lowercase"),
    ("ln", "O'Hara", "o'hara", "S lowercase, and nothing of punctuation"),
    ("ln", "Strauß", "strauß", "S lowercase, not folded"),
    ("ct", "San Francisco", "sanfrancisco", "S without spaces"),
    ("ct", "St. John's", "stjohns", "S without spaces and punctuation"),
    ("ct", "Stratford-upon-Avon", "stratforduponavon", "S without punctuation"),
    ("ct", MUNICH, "münchen", "S lowercase, UTF-8"),
    ("ct", " São Paulo ", "sãopaulo", "S lowercase, without spaces"),
    ("ct", "मुंबई", "मुंबई", "S UTF-8 [vowel signs are no punctuation]"),
    ("st", "CA", "ca", "S two-letter code in lowercase"),
    ("st", " ny ", "ny", "S two-letter code"),
    ("zp", "94103", "94103", "S only digits"),
    ("zp", "02134", "02134", "S only digits, which all count"),
    ("zp", "94103-1234", "941031234", "S only digits"),
    ("zp", " 80 331 ", "80331", "S only digits"),
    ("zp", 80331, "80331", "S only digits"),
    ("zp", "D-10115", "10115", "S only digits"),
    ("zp", "SW1A 1AA", "sw1a1aa", "S* [11 would be many codes: letters stay, lower]"),
    ("zp", "1012 ab", "1012ab", "S* [likewise]"),
    ("country", "DE", "de", "S, I in lowercase"),
    ("country", "us", "us", "S, I"),
    ("ge", "F", "f", "S in lowercase"),
    ("ge", " m ", "m", "S"),
    ("ge", "n", "n", "S"),
    ("db", "19901231", "19901231", "S year, month, and day"),
    ("db", "1990-12-31", "19901231", "S year, month, and day"),
    ("db", "1990/2/3", "19900203", "S year, month, and day"),
    ("db", "31.12.1990", "19901231", "S year, month, and day"),
    ("db", "1990-12-31T00:00:00Z", "19901231", "S year, month, and day"),
    ("db", dt.date(1990, 2, 3), "19900203", "S year, month, and day"),
    ("db", dt.datetime(1990, 12, 31, 1, 2, tzinfo=dt.UTC), "19901231", "S year, month, and day"),
    ("external_id", " Customer-42 ", "Customer-42", "S the advertiser's own: case may count"),
    ("external_id", 42, "42", "S the advertiser's own"),
    ("external_id", "ada@example.com", "ada@example.com", "S the advertiser's own"),
    ("hashed_maids", MAID, MAID, "S* [Android writes ids in lower case, with hyphens]"),
    ("hashed_maids", MAID.upper(), MAID, "S* [Apple writes them in upper case]"),
]

# Member, value, the country that is the default, the text that is hashed, source.
WITH_A_COUNTRY: list[tuple[Any, str, str, str]] = [
    ("0170 12345678", "DE", "4917012345678", "S, E [N: Germany drops the zero]"),
    ("(0170) 1234-5678", "de", "4917012345678", "S, E [N]"),
    ("4917012345678", "DE", "4917012345678", "S: it is in this form already"),
    (4917012345678, "DE", "4917012345678", "S: it is in this form already"),
    ("(212) 555-0199", "US", "12125550199", "S, E"),
    ("1-212-555-0199", "US", "12125550199", "S, E"),
    ("011 49 170 12345678", "US", "4917012345678", "S, E [N: how America dials abroad]"),
    ("020 7946 0958", "GB", "442079460958", "S, E [N: Britain drops the zero]"),
    ("06 1234 5678", "IT", "390612345678", "S, E [N: Italy keeps the zero]"),
    ("06 12 34 56 78", "FR", "33612345678", "S, E [N: France drops the zero]"),
    ("8 (916) 123-45-67", "RU", "79161234567", "S, E [N: Russia dials an 8 first]"),
    ("+49 170 12345678", "US", "4917012345678", "S: it says itself of which country it is"),
]

# Member, value, a part of the sentence.
BAD: list[tuple[str, Any, str]] = [
    ("em", "ada", "e-mail address"),
    ("em", "ada@", "e-mail address"),
    ("em", "ada@localhost", "e-mail address"),
    ("em", "ada@example..com", "e-mail address"),
    ("em", "ada lovelace@example.com", "e-mail address"),
    ("em", "Ada <ada@example.com>", "one e-mail address"),
    ("em", "ada@example.com, eve@example.com", "one e-mail address"),
    ("em", True, "must be text"),
    ("em", b"ada@example.com", "must be text"),
    ("em", "ada\ud800@example.com", "no Unicode"),
    ("ph", "0170 12345678", "begin with +"),
    ("ph", "4917012345678", "default_country"),
    ("ph", "n/a", "telephone number"),
    ("ph", "+", "7 to 15 digits"),
    ("ph", "+49 12", "7 to 15 digits"),
    ("ph", "+49 170 1234 5678 9012 3456", "7 to 15 digits"),
    ("ph", "+49 170 12345678 ext. 5", "extension"),
    ("ph", "+1-800-FLOWERS", "letters"),
    ("ph", "+49 170 12345678 +49 170 12345679", "one telephone number"),
    ("ph", 4.9e12, "must be text"),
    ("fn", "-", "no letter"),
    ("ln", "123", "no letter"),
    ("ct", "...", "no letter"),
    ("st", "California", "two-letter code"),
    ("st", "US-CA", "two-letter code"),
    ("zp", "unknown", "no digit"),
    ("country", "UK", "ISO 3166"),
    ("country", "Germany", "ISO 3166"),
    ("country", "DEU", "ISO 3166"),
    ("ge", "female", "f, m or n"),
    ("ge", "x", "f, m or n"),
    ("db", "12/31/1990", "YYYY-MM-DD"),
    ("db", "1990-02-30", "YYYY-MM-DD"),
    ("db", "31.12.90", "YYYY-MM-DD"),
    ("db", "199011", "YYYY-MM-DD"),
    ("db", "0001-01-01", "since 1900"),
    ("db", "2990-12-31", "since 1900"),
    ("external_id", "  ", "empty"),
    ("hashed_maids", MAID.replace("-", ""), "hyphens"),
    ("hashed_maids", "00000000-0000-0000-0000-000000000000", "gives no id"),
    ("hashed_maids", "my phone", "advertising ids"),
    ("em", hashlib.md5(b"ada@example.com", usedforsecurity=False).hexdigest(), "an MD5 hash"),
    ("em", hashlib.sha1(b"a@b.com", usedforsecurity=False).hexdigest().upper(), "a SHA-1 hash"),
    ("ph", hashlib.md5(b"4917012345678", usedforsecurity=False).hexdigest(), "an MD5 hash"),
    ("external_id", hashlib.md5(b"42", usedforsecurity=False).hexdigest(), "an MD5 hash"),
    ("em", hashlib.sha256(b"").hexdigest(), "hash of an empty text"),
]


def sha256(text: str) -> str:
    """The hash, as Pinterest writes it."""
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(("member", "value", "text", "source"), GOOD)
def test_a_value_is_hashed_in_pinterests_form(
    member: str, value: Any, text: str, source: str
) -> None:
    """What is hashed is the text that Pinterest's words describe."""
    assert hashed(member, value) == sha256(text)


@pytest.mark.parametrize(("value", "country", "text", "source"), WITH_A_COUNTRY)
def test_a_telephone_number_takes_the_country_that_is_the_default(
    value: Any, country: str, text: str, source: str
) -> None:
    """A number without a country is read as one dials it in the country that is given."""
    assert hashed("ph", value, default_country=country) == sha256(text)


@pytest.mark.parametrize("member", NORMALISERS)
@pytest.mark.parametrize("digest", [DIGEST, DIGEST.upper(), f" {DIGEST}\n"])
def test_what_is_hashed_already_passes(member: str, digest: str) -> None:
    """A SHA-256 is taken as it is, in lower case, for every member; source: H."""
    assert hashed(member, digest) == DIGEST


@pytest.mark.parametrize(("member", "value", "sentence"), BAD)
def test_a_value_that_is_none_is_refused(member: str, value: Any, sentence: str) -> None:
    """What has no form at Pinterest is refused in a sentence that does not repeat it."""
    with pytest.raises(UnusableValue) as caught:
        hashed(member, value)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(member)
    shown = f"{caught.value} {caught.value.__cause__!r}"
    assert len(str(value).strip()) < 4 or str(value).strip() not in shown


@pytest.mark.parametrize(("value", "country"), [("12", "DE"), ("0170", "DE"), ("999 999", "US")])
def test_a_number_too_short_for_its_country_is_refused(value: str, country: str) -> None:
    """A country does not make a telephone number of everything."""
    with pytest.raises(UnusableValue, match="ph must be a telephone number"):
        hashed("ph", value, default_country=country)


def test_several_values_are_hashed_each_once() -> None:
    """Of a list, or of one value, each is hashed once, and what is blank is left out."""
    assert all_hashed("em", ["ADA@example.com", "", None, " ", "ada@example.com", "b@c.de"]) == [
        DIGEST,
        sha256("b@c.de"),
    ]
    assert all_hashed("em", "ada@example.com") == [DIGEST]
    assert all_hashed("em", ("ada@example.com",)) == [DIGEST]
    assert all_hashed("em", None) == all_hashed("em", " ") == all_hashed("em", []) == []


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra `phones` was not installed."""
    monkeypatch.setitem(sys.modules, "phonenumbers", None)


@pytest.mark.usefixtures("without_library")
def test_without_the_library_plain_numbers_are_read_the_same() -> None:
    """Where the country stands and no zero follows, or one in parentheses, no library is needed."""
    needs_library = {"+49 0170 12345678", "+39 06 1234 5678", "+39 (0)6 1234 5678"}
    plain = [row for row in GOOD if row[0] == "ph" and row[1] not in needs_library]
    assert len(plain) > 10
    for member, value, text, _ in plain:
        assert hashed(member, value) == sha256(text)
    for value in needs_library:
        with pytest.raises(ConfigurationError, match=r"pinterest-async\[phones\]"):
            hashed("ph", value)


@pytest.mark.usefixtures("without_library")
def test_a_country_by_default_wants_the_library() -> None:
    """A default country is refused at once where nothing could read numbers by it."""
    check_default_country(None)
    with pytest.raises(ConfigurationError, match=r"pinterest-async\[phones\]"):
        check_default_country("DE")


def test_a_country_by_default_must_be_one() -> None:
    """A default country is a two-letter code."""
    check_default_country("de")
    with pytest.raises(ConfigurationError, match="two-letter code"):
        check_default_country("Germany")
