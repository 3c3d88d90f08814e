"""What is said of people: put into the form that Pinterest hashes, and hashed.

Pinterest compares hashes, so both sides have to hash the same text. Its description of conversion
events (`user_data` of `events/create`) says for each member which text that is, and its words
decide where its examples do not follow them: the example of `country` is the hash of `US`, that of
`db` the hash of `01/01/1900`, while the words want lower case, and year, month and day.

No message in here repeats a value.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from typing import Any, Final, TypeAlias, cast

from pinterest_async.errors import ConfigurationError, InvalidRequest

Normalise: TypeAlias = Callable[[str, str | None], str]

_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_DIGESTS: Final[Mapping[int, str]] = {32: "an MD5", 40: "a SHA-1", 64: "a SHA-256"}
_OF_FEW: Final = frozenset({"country", "ct", "ge", "st"})
"""Members that have the same value for many people, and say little of one: each is hashed once."""
_HASH_OF_NOTHING: Final = sha256(b"").hexdigest()

_EMAIL: Final = re.compile(r"[^\s@,;:<>()\"]+@[^\s@,;:<>()\".]+(?:\.[^\s@,;:<>()\".]+)+")
_MAID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/. ]?)(\d{1,2})\2(\d{1,2})(?:[T ]\d{1,2}:.*)?")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
_FIRST_YEAR: Final = 1900
_COUNTRY_BEFORE_DIGITS: Final = re.compile(r"[A-Za-z]{1,3}-[\d ]+")

_PHONE: Final = re.compile(r"(?:[A-Za-z]+[.:]? *)?([^A-Za-z]+)")
_NOT_DIALLED: Final = re.compile(r"[^\d+]", re.ASCII)
_TRUNK_ZERO: Final = re.compile(r"\( *0 *\)")
_CODES: Final = (
    r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
    r"|2[1-689]\d|3[578]\d|42\d|5[09]\d|6[7-9]\d|8[03578]\d|9[679]\d"
)
"""Calling codes of countries (ITU-T E.164): of one digit, of two, and of three."""
_CODE: Final = re.compile(_CODES, re.ASCII)
_PLAIN_NUMBER: Final = re.compile(rf"\+(?:{_CODES})[1-9]\d{{5,13}}", re.ASCII)
"""A number of a country that no zero follows: it is dialled from abroad as it stands."""
_ITALY: Final = "39"
"""Its numbers keep their zero abroad."""

_COUNTRIES: Final = (
    "ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br "
    "bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz "
    "ec ee eg eh er es et fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw "
    "gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky "
    "kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv "
    "mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py "
    "qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg "
    "th tj tk tl tm tn to tr tt tv tw tz ua ug um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm "
    "zw"
)
COUNTRIES: Final = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-2."""


class UnusableValue(InvalidRequest):
    """A personal value that cannot be put into the form that Pinterest hashes.

    The message names the member and says what it must be, and does not repeat the value.
    """


def hashed(member: str, value: Any, *, default_country: str | None = None) -> str:
    """Return the SHA-256 of a personal value in Pinterest's form, as 64 hexadecimal digits.

    What is such a hash already passes, in lower case.

    Args:
        member: which one it is, as `user_data` calls it: `em`, `ph`, `ge`, `db`, `ln`, `fn`, `ct`,
            `st`, `zp`, `country`, `external_id` or `hashed_maids`.
        value: text; a whole number is read as its digits, a date is good for `db`.
        default_country: the country of telephone numbers that do not begin with one.

    Raises:
        UnusableValue: it is none, or is hashed by something else than SHA-256.
        ConfigurationError: the telephone number cannot be read without the extra `phones`.
    """
    text = value.strip() if isinstance(value, str) else _text(member, value)
    return HASHERS[member](text, default_country)


def all_hashed(member: str, values: Any, *, default_country: str | None = None) -> list[str]:
    """Return the hashes of one value, or of several, each once; what is blank is left out.

    Raises:
        UnusableValue: one of them cannot be used.
        ConfigurationError: a telephone number cannot be read without the extra `phones`.
    """
    several: Sequence[Any] = (values,)
    if isinstance(values, list | tuple):
        several = cast("Sequence[Any]", values)
    found = [
        hashed(member, value, default_country=default_country)
        for value in several
        if value is not None and value != "" and not (isinstance(value, str) and value.isspace())
    ]
    return found if len(found) < 2 else [*dict.fromkeys(found)]


def check_default_country(country: str | None) -> None:
    """Check the country that telephone numbers are of, before the first is read.

    Raises:
        ConfigurationError: it is no two-letter code, or the extra `phones` is not installed.
    """
    if country is None:
        return
    if country.lower() not in COUNTRIES:
        raise ConfigurationError("default_country must be a two-letter code (ISO 3166), like DE")
    if find_spec("phonenumbers") is None:
        raise ConfigurationError(f"default_country needs a library: {_INSTALL}")


_INSTALL: Final = "pip install 'pinterest-async[phones]'"


def _text(member: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dt.date) and member == "db":
        return f"{value:%Y-%m-%d}"
    raise UnusableValue(f"{member} must be text, not of the type {type(value).__name__}")


def _sha256_given(member: str, digest: str) -> str:
    if len(digest) < 64:
        raise UnusableValue(
            f"{member} looks like {_DIGESTS[len(digest)]} hash, and Pinterest knows SHA-256 alone: "
            "give it in the clear, it is hashed before it is sent. An id of your own, or of a "
            "device without its hyphens, looks the same: give its SHA-256, or the hyphens"
        )
    if digest == _HASH_OF_NOTHING:
        raise UnusableValue(f"{member} is the hash of an empty text: leave it out")
    return digest


def _lowered(text: str) -> str:
    """Put text into lower case; a letter and its accent are one character, as most have it."""
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).lower()


def _email(text: str, _country: str | None) -> str:
    """Lower case; dots and what follows a plus sign are part of the address."""
    text = _lowered(text)
    if not _EMAIL.fullmatch(text):
        raise UnusableValue("em must be one e-mail address, such as name@example.com")
    return text


def _name(member: str) -> Normalise:
    """Lower case; blanks and hyphens inside are part of the name."""

    def normalise(text: str, _country: str | None) -> str:
        text = _lowered(text)
        if not text.isalpha() and not any(map(str.isalpha, text)):
            raise UnusableValue(f"{member} must be a name: it has no letter")
        return text

    return normalise


def _city(text: str, _country: str | None) -> str:
    """Lower case, without blanks and punctuation."""
    text = _lowered(text)
    if not text.isalnum():
        # Marks are parts of letters in many scripts.
        text = "".join(c for c in text if c.isalnum() or unicodedata.category(c)[0] == "M")
    if not text:
        raise UnusableValue("ct must be the name of a city: it has no letter")
    return text


def _state(text: str, _country: str | None) -> str:
    text = text.lower()
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise UnusableValue("st must be the two-letter code of a state, such as CA, not its name")
    return text


def _zip_code(text: str, _country: str | None) -> str:
    """Digits alone; where letters are part of the code, letters and digits, in lower case.

    Pinterest wants digits only, which would make one of many British codes. A country that stands
    before the code, as in D-10115, is no part of it.
    """
    if text.isdecimal() and text.isascii():
        return text
    if _COUNTRY_BEFORE_DIGITS.fullmatch(text):
        text = text.partition("-")[2]
    text = "".join(filter(str.isalnum, text)).lower()
    if not text.isascii() or not any(map(str.isdecimal, text)):
        raise UnusableValue("zp must be a postal code: it has no digit, or letters that none has")
    return text


def _country(text: str, _country: str | None) -> str:
    text = text.lower()
    if text not in COUNTRIES:
        raise UnusableValue("country must be a two-letter code of ISO 3166, such as DE, GB or US")
    return text


def _gender(text: str, _country: str | None) -> str:
    text = text.lower()
    if text not in ("f", "m", "n"):
        raise UnusableValue("ge must be f, m or n")
    return text


def _birthday(text: str, _country: str | None) -> str:
    """Year, month and day in eight digits."""
    if match := _YEAR_FIRST.fullmatch(text):
        year, separator, month, day = match.groups()
        if not separator and len(month + day) < 4:
            raise UnusableValue(_NO_BIRTHDAY)
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
    else:
        raise UnusableValue(_NO_BIRTHDAY)
    try:
        born = dt.date(int(year), int(month), int(day))
    except ValueError:
        raise UnusableValue(_NO_BIRTHDAY) from None
    if not _FIRST_YEAR <= born.year <= dt.datetime.now(dt.UTC).year:
        raise UnusableValue(_NO_BIRTHDAY)
    return f"{born:%Y%m%d}"


_NO_BIRTHDAY: Final = (
    f"db must be a day since {_FIRST_YEAR}, best as YYYY-MM-DD; with slashes, and the year at the "
    "end, nobody knows which of the others is the month"
)


def _external_id(text: str, _country: str | None) -> str:
    """As it is: upper and lower case may make a difference to the advertiser."""
    if not text:
        raise UnusableValue("external_id is empty")
    return text


def _device_id(text: str, _country: str | None) -> str:
    text = text.lower()
    if not _MAID.fullmatch(text):
        raise UnusableValue(
            "hashed_maids must be advertising ids of devices, of 32 hexadecimal digits with hyphens"
        )
    if not text.strip("0-"):
        raise UnusableValue("hashed_maids: zeros stand for a device that gives no id: leave it out")
    return text


def _phone(text: str, country: str | None) -> str:
    """Digits alone, from the country's code on.

    A number that begins with `+` or `00` and its country is read as it stands. Where a zero comes
    next, or no country, the library says what is dialled from abroad; without it a zero in
    parentheses is not.
    """
    dialled = text.replace(" ", "").replace("-", "")
    if _PLAIN_NUMBER.fullmatch(dialled):
        return _checked_phone(dialled[1:])
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    match = _PHONE.fullmatch(text)
    if match is None:
        raise UnusableValue("ph must be one telephone number, without letters and an extension")
    dialled = _NOT_DIALLED.sub("", match[1])
    if "+" in dialled[1:]:
        raise UnusableValue("ph must be one telephone number")
    if not dialled.startswith(("+", "00")):
        return _read_phone(dialled, country)
    digits = dialled.lstrip("+0")
    found = _CODE.match(digits)
    code = "" if found is None else found[0]
    if digits[len(code) :].startswith("0"):
        trunk = _TRUNK_ZERO.search(text) is not None and code != _ITALY
        return _read_phone(f"+{digits}", country, code + digits[len(code) + 1 :] if trunk else None)
    return _checked_phone(digits)


def _checked_phone(digits: str) -> str:
    """Check that there are as many as E.164 allows, or a little more than none."""
    if not 7 <= len(digits) <= 15:
        raise UnusableValue("ph must be a telephone number of 7 to 15 digits with its country")
    return digits


def _read_phone(dialled: str, country: str | None, otherwise: str | None = None) -> str:
    """Let the library read a number.

    Args:
        dialled: digits, after a plus sign or not.
        country: the country of one that does not begin with a plus sign.
        otherwise: what stands for it where the library is not installed.
    """
    if not dialled.startswith("+") and country is None:
        raise UnusableValue(
            "ph must begin with + and the code of its country; for others, say of which country "
            "they are: pass default_country (--default-country)"
        )
    try:
        import phonenumbers
    except ImportError:
        if otherwise is not None:
            return _checked_phone(otherwise)
        raise ConfigurationError(
            "ph: which digits of a telephone number are dialled from abroad, a library knows: "
            f"{_INSTALL}"
        ) from None
    try:
        number = phonenumbers.parse(dialled, country and country.upper())
        if dialled.startswith(str(number.country_code)):
            # It may be in Pinterest's form already, which has no plus sign.
            abroad = phonenumbers.parse(f"+{dialled}")
            if phonenumbers.is_valid_number(abroad):
                number = abroad
    except phonenumbers.NumberParseException:
        raise UnusableValue("ph must be a telephone number") from None
    if not phonenumbers.is_possible_number(number):
        raise UnusableValue("ph must be a telephone number: there is none of this length")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return _checked_phone(e164[1:])


def _hasher(member: str, normalise: Normalise) -> Normalise:
    """Return what hashes a value in the form that `normalise` gives it."""

    def hash_text(text: str, country: str | None) -> str:
        if len(text) in _DIGESTS and _HEX.fullmatch(text):
            return _sha256_given(member, text.lower())
        try:
            return sha256(normalise(text, country).encode()).hexdigest()
        except UnicodeEncodeError:
            raise UnusableValue(f"{member} holds characters that are no Unicode text") from None

    return lru_cache(maxsize=1024)(hash_text) if member in _OF_FEW else hash_text


NORMALISERS: Final[Mapping[str, Normalise]] = {
    "em": _email,
    "ph": _phone,
    "ge": _gender,
    "db": _birthday,
    "ln": _name("ln"),
    "fn": _name("fn"),
    "ct": _city,
    "st": _state,
    "zp": _zip_code,
    "country": _country,
    "external_id": _external_id,
    "hashed_maids": _device_id,
}
"""What makes Pinterest's form of a value, by the member of `user_data` that it is for.

Each takes the value without blanks around it, and the country of telephone numbers.
"""

HASHERS: Final[Mapping[str, Normalise]] = {
    member: _hasher(member, normalise) for member, normalise in NORMALISERS.items()
}
"""What hashes a value, by the same; it takes the same as well."""
