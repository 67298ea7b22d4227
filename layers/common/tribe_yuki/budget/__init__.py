"""Limit the calls to Yuki: the budget of a day and the breaker, as rules without tables."""
