"""Rules, records and states of the integration: pure, no I/O."""
