"""Why the simulator does not do what it was asked."""


class NotAllowed(ValueError):
    """Tribe does not let this happen, or cannot read it: 400."""


class NotFound(LookupError):
    """There is no such record: 404."""
