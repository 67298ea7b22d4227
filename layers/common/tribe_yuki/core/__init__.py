"""What every feature speaks of: errors, ids, money, the calendar, the journal. Pure, no I/O."""
