"""Run every measurement; the exit status is non-zero when one is over its limit."""

import sys

from benchmarks import cold_start

if __name__ == "__main__":
    sys.exit(cold_start.main())
