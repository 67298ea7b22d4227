"""The Lambda functions: one folder each, with one module called `app`."""
