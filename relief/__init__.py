"""医疗救助: relief identities at work, relief on application, the monthly exchange."""
