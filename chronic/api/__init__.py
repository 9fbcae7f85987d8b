"""The hospitals' interface: two doors, REST and the platform's envelope, to the same services."""
