"""Run the operator's command with `python -m cli`."""

from cli.entry import main

if __name__ == "__main__":
    main()
