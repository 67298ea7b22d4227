"""Invoices: from an event of Tribe to an outstanding item in Yuki, exactly once."""
