"""A day's work with `pinterest-api-sdk`, as one of its users would write it.

Run by `tests/emulator/test_peers.py`, in an environment that has that package and nothing of ours.
`PINTEREST_API_URI` says where the API is, which the package reads itself. It prints what it saw as
JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from importlib import import_module

client_module = import_module("pinterest.client")
boards = import_module("pinterest.organic.boards")
pins = import_module("pinterest.organic.pins")
campaigns = import_module("pinterest.ads.campaigns")
generated = import_module("openapi_generated.pinterest_client.api.user_account_api")

seen: dict[str, object] = {}

client = client_module.PinterestSDKClient.create_client_with_refresh_token(
    refresh_token=os.environ["PEER_REFRESH_TOKEN"],
    app_id=os.environ["PEER_APP_ID"],
    app_secret=os.environ["PEER_APP_SECRET"],
)

board = boards.Board.create(name="Plum cakes", description="What we baked", client=client)
section = boards.BoardSection.create(board_id=board.id, name="To try", client=client)
pin = pins.Pin.create(
    board_id=board.id,
    board_section_id=section.id,
    media_source={
        "source_type": "image_url",
        "content_type": "image/jpeg",
        "data": "",
        "url": "https://example.com/cake.jpg",
    },
    title="A cake",
    client=client,
)
seen["pin"] = [pin.title, pin.board_id == board.id, pin.board_section_id == section.id]

board.update_fields(name="Rye bread")
seen["renamed"] = boards.Board(board_id=board.id, client=client).name

listed, bookmark = boards.Board.get_all(page_size=4, client=client)
pages = 1
while bookmark is not None:
    more, bookmark = bookmark.get_next()
    listed += more
    pages += 1
seen["boards"] = [len({one.id for one in listed}), pages]
sections, _ = boards.BoardSection.get_all(board_id=board.id, client=client)
seen["sections"] = [one.name for one in sections]

seen["deleted"] = [
    pins.Pin.delete(pin_id=pin.id, client=client),
    boards.BoardSection.delete(board.id, section.id, client=client) is None,
    boards.Board.delete(board_id=board.id, client=client),
]

found, _ = campaigns.Campaign.get_all(
    ad_account_id=os.environ["PEER_AD_ACCOUNT_ID"], page_size=10, client=client
)
seen["campaigns"] = [len(found), all(one.status in ("ACTIVE", "PAUSED") for one in found)]

today = dt.datetime.now(dt.UTC).date()
analytics = generated.UserAccountApi(client).user_account_analytics(
    start_date=today - dt.timedelta(days=7), end_date=today - dt.timedelta(days=1)
)
seen["days"] = len(analytics["all"]["daily_metrics"])

sys.stdout.write(json.dumps(seen))
