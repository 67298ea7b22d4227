"""Simulators of Tribe CRM and of Yuki, over HTTP; each is usable alone."""
