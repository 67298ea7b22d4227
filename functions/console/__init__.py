"""Shows people what waits for them, and takes their decisions."""
