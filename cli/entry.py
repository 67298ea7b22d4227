"""Begin `tribe-yuki`: an interrupt ends it without a traceback, from the first moment on."""

import signal

# Until there is somebody to tell an interrupt to (imports take a moment), it simply ends the process.
signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> None:
    """Run the command."""
    from cli.main import app  # noqa: PLC0415 (after the line above)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app(prog_name="tribe-yuki")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
