"""What all tests share."""

from hypothesis import settings

# Machines differ, and a test that times itself fails on the slow ones.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
