"""What the import will leave behind: its decisions, without applying them."""
