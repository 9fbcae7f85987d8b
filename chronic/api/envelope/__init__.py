"""The national platform's envelope: one address, a number for each transaction, its fields, its form of errors."""
