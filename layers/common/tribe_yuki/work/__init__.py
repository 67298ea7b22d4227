"""Time and turns: tasks, slices, leases, pace, and the sweep of what is due."""
