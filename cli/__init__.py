"""`tribe-yuki`, the operator's command: thin over the package, never shipped to Lambda."""
