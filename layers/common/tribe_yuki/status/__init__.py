"""Where a connection and its invoices stand."""
