"""Find the record on the other side that a relation or contact is."""
