"""Run the operator's command with `python -m cli`."""

from cli.main import app

if __name__ == "__main__":
    app(prog_name="tribe-yuki")
