"""Celery's door to the exchange."""
