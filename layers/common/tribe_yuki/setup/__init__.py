"""What an operator does with a connection: connect, choose, plan, activate, pause, end."""
