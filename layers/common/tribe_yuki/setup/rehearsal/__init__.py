"""A rehearsal of the import: the real use case over ports that read the real systems and write into memory."""
