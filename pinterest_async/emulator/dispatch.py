"""Who answers an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pinterest_async.emulator import (
    access,
    ads_extras,
    ads_rows,
    analytics,
    auction,
    billing,
    boards,
    business,
    catalog_items,
    codes,
    collection,
    conversions,
    customer_uploads,
    dynamic_titles,
    feeds,
    insights,
    inventory,
    jobs,
    judging,
    media,
    oauth,
    partners,
    pins,
    products,
    reference,
    sections,
    sharing,
    targeting,
    trend_stories,
    trends,
    users,
)
from pinterest_async.emulator.call import Call, Reply
from pinterest_async.emulator.refusals import Refusal

Handler = Callable[[Call], Reply]

HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(collection.OPERATIONS, collection.answer),
    "boards/list": boards.list_boards,
    "boards/create": boards.create_board,
    "boards/get": boards.get_board,
    "boards/update": boards.update_board,
    "boards/delete": boards.delete_board,
    "boards/list_pins": boards.list_board_pins,
    "board_sections/list": sections.list_sections,
    "board_sections/create": sections.create_section,
    "board_sections/update": sections.update_section,
    "board_sections/delete": sections.delete_section,
    "board_sections/list_pins": sections.list_section_pins,
    "pins/list": pins.list_pins,
    "pins/create": pins.create_pin,
    "pins/get": pins.get_pin,
    "pins/update": pins.update_pin,
    "pins/delete": pins.delete_pin,
    "pins/save": pins.save_pin,
    "media/create": media.register_upload,
    "media/list": media.list_uploads,
    "media/get": media.get_upload,
    "search_user_boards/get": boards.search_boards,
    "search_user_pins/list": pins.search_pins,
    "user_account/get": users.get_user_account,
    "followers/list": users.list_followers,
    "user_following/get": users.list_following,
    "boards_user_follows/list": users.list_followed_boards,
    "follow_user/update": users.follow_user,
    "user_account/followed_interests": users.list_followed_interests,
    "linked_business_accounts/get": users.list_businesses,
    "user_websites/get": users.list_websites,
    "website_verification/get": users.verification_code,
    "verify_website/update": users.claim_website,
    "unverify_website/delete": users.unclaim_website,
    "search_partner_pins": pins.search_partner_pins,
    "user_account/analytics": analytics.of_account,
    "user_account/analytics/top_pins": analytics.top_pins,
    "user_account/analytics/top_video_pins": analytics.top_video_pins,
    "pins/analytics": analytics.of_pin,
    "multi_pins/analytics": analytics.of_pins,
    "trending_keywords/list": trends.trending_keywords,
    "terms_related/list": trends.related_terms,
    "terms_suggested/list": trends.suggested_terms,
    "oauth/token": oauth.issue_token,
    "token/revoke": oauth.revoke_token,
    "oauth/conversion_token": oauth.issue_conversion_token,
    **access.HANDLERS,
    **auction.HANDLERS,
    **billing.HANDLERS,
    **dynamic_titles.HANDLERS,
    **feeds.HANDLERS,
    **insights.HANDLERS,
    **inventory.HANDLERS,
    **partners.HANDLERS,
    **products.HANDLERS,
    **reference.HANDLERS,
    **targeting.HANDLERS,
    **trend_stories.HANDLERS,
    **ads_extras.HANDLERS,
    **business.HANDLERS,
    **catalog_items.HANDLERS,
    **conversions.HANDLERS,
    **customer_uploads.HANDLERS,
    **sharing.HANDLERS,
    **dict.fromkeys(ads_rows.OPERATIONS, ads_rows.answer),
    **dict.fromkeys(jobs.OPERATIONS, jobs.answer),
}


def answer(call: Call) -> Reply:
    """The answer to a call that has been let in.

    Raises:
        Refusal: whatever is wrong with it.
    """
    try:
        call.world.jobs.settle(call.world.clock())
        judging.judge(call)
        collection.check_path(call)
        return HANDLERS[call.operation.id](call)
    except Refusal as refusal:
        raise codes.documented(call.operation.id, refusal) from None
