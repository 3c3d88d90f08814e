"""The account that the emulator begins with: the same one for the same seed.

It is big enough to make an export work for it (one board of several pages, secret boards, an empty
one, Pins in sections), and it holds the things that trip clients: names with markup and emoji,
nulls, blank descriptions, Pins of every kind of media.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pinterest_async.emulator.schema import pictures
from pinterest_async.emulator.state.clock import wire_time
from pinterest_async.emulator.state.saved import Pin, Privacy, Section, StoredBoard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from pinterest_async.emulator.state.account import Account

_BEGIN = 1_672_531_200.0  # 2023-01-01
_END = 1_764_547_200.0  # 2025-12-01
_YEAR = 365 * 86_400.0

_SUBJECTS = (
    "Plum cakes", "Small kitchens", "Linen dresses", "Mountain huts", "Paper lanterns", "Ferns",
    "Rye bread", "Book nooks", "Felt toys", "Herb gardens", "Tiled stoves", "Sea swimming",
    "Pottery", "Night trains", "Window seats", "Wild flowers", "Knitted socks", "Bicycles",
)  # fmt: skip
_MANNERS = ("ideas", "to try", "we love", "for autumn", "at home", "on a budget", "by hand")
_AWKWARD = (
    "Cakes & <b>Bakes</b> 🎂",
    'Möbel für "kleine" Räume',
    "日本の庭 🌸",
    "50% off &amp; more / less?",
    "Recipes: mum's 👩🏽‍🍳",
)
_SECTIONS = ("To try", "Done ✔", "Gifts & wraps", "Corners", "For later", "Favourites")
_COLORS = ("#6E7B5A", "#C9B8A3", "#2F3B4C", "#E6D3C3", "#8C3F3F", "#F4F1EA")
_LINKS = ("https://blog.example.com/posts/{}", "https://shop.example.org/p/{}?ref=pin&x=1")
_WEBSITE = "https://blog.example.com/"
_PEOPLE = ("anna", "bo", "carmen", "dilip", "esi", "farid", "greta", "hana", "iker", "jun")


def populate(account: Account, *, boards: int, pins: int) -> None:
    """Give an account so many boards and Pins.

    The first board takes 15 % of the Pins (at least 260 of 1000 or more), the last one none when
    there are three boards or more. Every seventh board is secret and the second is for ads only.
    """
    random = account.random
    _people(account, random)
    made = _boards(account, random, boards)
    sections = {board.id: _add_sections(account, random, board) for board in made[::2]}
    holders = [
        board
        for board, count in zip(made, _shares(random, boards, pins), strict=True)
        for _ in range(count)
    ]
    random.shuffle(holders)
    for board, moment in zip(holders, _moments(random, len(holders)), strict=True):
        created = wire_time(moment)
        account.saved.add_pin(_pin(account, random, board, sections.get(board.id, ()), created))
        board.board_pins_modified_at = created
    claimed = {"website": _WEBSITE, "status": "verified", "verified_at": wire_time(_BEGIN)}
    account.profile.websites[_WEBSITE] = claimed
    account.profile.members = {
        "account_type": "BUSINESS",
        "id": account.id,
        "username": account.username,
        "about": "We pin what we make & what we mean to. 🧵",
        "business_name": None,
        "profile_image": pictures.sizes(account.username, 600, 600)["600x"]["url"],
        "website_url": _WEBSITE,
        "monthly_views": random.randrange(10**5),
    }


def _people(account: Account, random: Random) -> None:
    names = [f"{name}_{number}" for number in range(1, 31) for name in _PEOPLE]
    account.profile.followers = random.sample(names, 280)
    account.profile.following = random.sample(names, 60)
    moments = _moments(random, 40)
    for index, name in enumerate(random.sample(names, 40)):
        created = wire_time(moments[index])
        account.profile.followed_boards.append(
            StoredBoard(
                id=account.new_id(),
                name=_name(random, index),
                owner={"username": name},
                created_at=created,
                board_pins_modified_at=created,
                pin_count=random.randrange(900),
                media={"image_cover_url": None, "pin_thumbnail_urls": []},
            )
        )


def _boards(account: Account, random: Random, count: int) -> list[StoredBoard]:
    boards: list[StoredBoard] = []
    for index, moment in enumerate(_moments(random, count, _BEGIN - _YEAR, _BEGIN)):
        privacy: Privacy = "PUBLIC"
        if index == 1 and count > 2:
            privacy = "PROTECTED"
        elif index % 7 == 4:
            privacy = "SECRET"
        board = StoredBoard(
            id=account.new_id(),
            name=_name(random, index),
            description=random.choice(
                (None, "", "What we found & kept. 🧺", "<i>Tried</i> twice.")
            ),
            owner=account.owner,
            privacy=privacy,
            is_ads_only=privacy == "PROTECTED",
            created_at=wire_time(moment),
            board_pins_modified_at=wire_time(moment),
            collaborator_count=random.choice((0, 0, 0, 2)),
            follower_count=0 if privacy == "SECRET" else random.randrange(500),
        )
        account.saved.add_board(board)
        boards.append(board)
    return boards


def _add_sections(account: Account, random: Random, board: StoredBoard) -> list[Section]:
    names = random.sample(_SECTIONS, random.randrange(1, 5))
    sections = [Section(id=account.new_id(), name=name) for name in names]
    for section in sections:
        account.saved.add_section(board.id, section)
    return sections


def _name(random: Random, index: int) -> str:
    if index % 4 == 2:
        return _AWKWARD[index // 4 % len(_AWKWARD)]
    return f"{random.choice(_SUBJECTS)} {random.choice(_MANNERS)}"


def _shares(random: Random, boards: int, pins: int) -> list[int]:
    """How many Pins each board gets; together exactly `pins`."""
    if boards < 2:
        return [pins] * boards
    first = max(pins * 15 // 100, 260 if pins >= 1000 else 0)
    takers = boards - 2 if boards > 2 else 1
    weights = [random.uniform(0.2, 1.8) for _ in range(takers)]
    marks = [round(mark / sum(weights) * (pins - first)) for mark in accumulate(weights)]
    counts = [mark - before for before, mark in zip([0, *marks], marks, strict=False)]
    return [first, *counts] if boards == 2 else [first, *counts, 0]


def _pin(
    account: Account, random: Random, board: StoredBoard, sections: Sequence[Section], created: str
) -> Pin:
    pin_id = account.new_id()
    media, creative_type = _media(random, pin_id)
    subject = random.choice(_SUBJECTS)
    link = random.choice(_LINKS).format(pin_id[-6:]) if random.random() < 0.8 else None
    return Pin(
        id=pin_id,
        title=f"{subject} {random.choice(_MANNERS)}" if random.random() < 0.8 else None,
        description=_description(random, subject),
        link=link,
        alt_text=f"A picture of {subject.lower()}" if random.random() < 0.5 else None,
        note=random.choice(("", "", "mind the oven 🔥")),
        dominant_color=random.choice((*_COLORS, None)),
        board_id=board.id,
        board_section_id=random.choice(sections).id if sections and random.random() < 0.6 else None,
        board_owner=account.owner,
        parent_pin_id=account.new_id() if random.random() < 0.3 else None,
        created_at=created,
        creative_type=creative_type,
        has_been_promoted=random.random() < 0.05,
        media=media,
    )


def _description(random: Random, subject: str) -> str | None:
    return random.choice((None, "", " ", f"{subject} & how we made them <3", f"#{subject} 🌿"))


def _media(random: Random, name: str) -> tuple[dict[str, Any], str | None]:
    """A medium and the creative type that goes with it; most are single images."""
    lot = random.random()
    if lot < 0.80:
        height = random.choice((800, 1000, 1500, 2100))
        return pictures.image(name, 1000, height), random.choice(("REGULAR", "REGULAR", None))
    if lot < 0.90:
        return pictures.video(name, random.choice((None, random.randrange(4000, 90_000)))), "VIDEO"
    slides = [
        pictures.image_slide(f"{name}/{index}", title=random.choice((None, "Step")))
        for index in range(random.randrange(2, 6))
    ]
    if lot < 0.97:
        return pictures.multiple_images(slides), "CAROUSEL"
    return pictures.multiple_mixed([*slides, pictures.video_slide(name, 12_000)]), "IDEA"


def _moments(random: Random, count: int, begin: float = _BEGIN, end: float = _END) -> list[float]:
    """So many moments, the earliest first, as ids grow with time."""
    return sorted(random.uniform(begin, end) for _ in range(count))
