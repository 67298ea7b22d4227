"""Limit the calls to Yuki: by their number a day, and while Yuki is away. Rules without tables."""
