"""Settings from the environment, logging and metrics, and the choice of implementations."""
