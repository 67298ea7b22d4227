"""Contacts: linked, merged, pushed to Yuki and pulled from it."""
