"""Bring a relation and a contact together, field by field."""
