"""The same work with `pinterestsdk`, a client that was generated from the description.

Run by `tests/emulator/test_peers.py`, in an environment that has that package and nothing of ours.
It prints what it saw as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from importlib import import_module

sdk = import_module("pinterestsdk")

seen: dict[str, object] = {}
host = os.environ["PINTEREST_API_URI"]

app = sdk.Configuration(
    host=host, username=os.environ["PEER_APP_ID"], password=os.environ["PEER_APP_SECRET"]
)
token = sdk.OauthApi(sdk.ApiClient(app)).oauth_token(
    grant_type="refresh_token", refresh_token=os.environ["PEER_REFRESH_TOKEN"]
)
client = sdk.ApiClient(sdk.Configuration(host=host, access_token=token.access_token))
boards, pins = sdk.BoardsApi(client), sdk.PinsApi(client)

board = boards.boards_create(sdk.BoardCreate(name="Plum cakes", description="What we baked"))
section = boards.board_sections_create(board.id, sdk.BoardSectionCreate(name="To try"))
source = sdk.PinMediaSource(
    sdk.PinMediaSourceImageURL(source_type="image_url", url="https://example.com/cake.jpg")
)
pin = pins.pins_create(
    sdk.PinCreate(
        board_id=board.id, board_section_id=section.id, media_source=source, title="A cake"
    )
)
seen["pin"] = [pin.title, pin.board_id == board.id, pin.board_section_id == section.id]

boards.boards_update(board.id, sdk.BoardWithUpdatePrivacyUpdate(name="Rye bread"))
seen["renamed"] = boards.boards_get(board.id).name

page = boards.boards_list(page_size=4)
listed, pages = list(page.items), 1
while page.bookmark:
    page = boards.boards_list(page_size=4, bookmark=page.bookmark)
    listed += page.items
    pages += 1
seen["boards"] = [len({one.id for one in listed}), pages]
seen["sections"] = [one.name for one in boards.board_sections_list(board.id).items]

pins.pins_delete(pin.id)
boards.board_sections_delete(board.id, section.id)
boards.boards_delete(board.id)
seen["deleted"] = [True, True, True]

found = sdk.CampaignsApi(client).campaigns_list(os.environ["PEER_AD_ACCOUNT_ID"], page_size=10)
seen["campaigns"] = [
    len(found.items),
    all(one.status in ("ACTIVE", "PAUSED") for one in found.items),
]

today = dt.datetime.now(dt.UTC).date()
analytics = sdk.UserAccountApi(client).user_account_analytics(
    today - dt.timedelta(days=7), today - dt.timedelta(days=1)
)
seen["days"] = len(analytics["all"].daily_metrics)

sys.stdout.write(json.dumps(seen))
