"""The fields of a contact: the tables that pair them, and how each is read, written and compared."""
