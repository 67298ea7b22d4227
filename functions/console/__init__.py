"""Puts due work on the queues every minute."""
