"""A synthetic city to try the system on: offices, institutions, persons, cases. All of it goes through the services."""
