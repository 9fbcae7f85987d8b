from django.apps import AppConfig


class ChronicConfig(AppConfig):
    name = "chronic"
    verbose_name = "门诊慢特病"
