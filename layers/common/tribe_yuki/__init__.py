"""Keep Tribe CRM and Yuki aligned: contacts both ways, every sent invoice booked exactly once.

Citations such as (design 6.2), (tribe-api 3.2) and (yuki-api 4.8) are sections of `docs/reference/`.
"""
