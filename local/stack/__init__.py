"""The whole connector on one machine: an AWS emulator, the two simulators, and the real template deployed on them."""
