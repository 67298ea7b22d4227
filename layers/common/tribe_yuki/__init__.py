"""Keep Tribe CRM and Yuki aligned: contacts both ways, every sent invoice booked exactly once."""
