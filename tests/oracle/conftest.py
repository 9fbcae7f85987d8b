"""These tests know no database: they also run without the Django plugin (`-p no:django`)."""


def pytest_addoption(parser, pluginmanager):
    """The project's settings name this option; without the plugin nobody else would know it."""
    if not pluginmanager.has_plugin("django"):
        parser.addini("DJANGO_SETTINGS_MODULE", "unused without the Django plugin")
