"""Pushes relations to Yuki."""
