"""Pushes invoices to Yuki."""
