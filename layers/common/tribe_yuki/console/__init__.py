"""The console: pages for the people who act and have no AWS credentials (design 12)."""
