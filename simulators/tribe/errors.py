"""What makes Tribe refuse a call."""


class Refused(Exception):
    """A call that Tribe answers with an error; `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
