"""What an operator does with a connection: connect, check, set, pause, disconnect."""
