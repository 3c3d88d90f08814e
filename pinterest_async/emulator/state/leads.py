"""Leads: what people answered to the form of an ad, by the day, and not for long."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

KEPT = dt.timedelta(days=30)
"""For how long a lead can be had. Pinterest: the description of leads exports."""

QUESTIONS: Sequence[Mapping[str, Any]] = (
    {"question_type": "FULL_NAME"},
    {"question_type": "EMAIL"},
    {
        "question_type": "CUSTOM",
        "custom_question_field_type": "TEXT_FIELD",
        "custom_question_label": "Which cake?",
    },
)
"""What the forms ask that are there from the beginning."""

_NAMES = ("Anna Plum", "Bo Rye", "Carmen Linen", "Dilip Fern", "Esi Slate")
_MOST = 3
"""Leads of an ad in a day."""


class Lead(NamedTuple):
    """One person's answers."""

    lead_id: str
    created: dt.datetime
    answers: Sequence[str]
    """In the order of the questions."""


def leads_of(ad_id: str, day: dt.date, questions: Sequence[Mapping[str, Any]]) -> Iterator[Lead]:
    """What came in for an ad on a day; the same whenever it is asked."""
    lot = zlib.crc32(f"{ad_id} {day}".encode())
    for number in range(lot % (_MOST + 1)):
        who = _NAMES[(lot + number) % len(_NAMES)]
        moment = dt.datetime.combine(day, dt.time(9 + number), dt.UTC)
        address = f"{who.lower().replace(' ', '.')}.{lot % 1000}@example.com"
        answers = [
            {"EMAIL": address, "FULL_NAME": who}.get(str(one.get("question_type")), "Plum")
            for one in questions
        ]
        yield Lead(f"{lot}{number:02}", moment, answers)
