"""Celery as the row-based queue needs it."""
from config.celery import app


class TestCelery:
    def test_knows_every_task_of_the_schedule(self):
        app.loader.import_default_modules()

        assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)

    def test_acknowledges_late_and_takes_one_task_at_a_time(self):
        assert app.conf.task_acks_late
        assert app.conf.task_reject_on_worker_lost
        assert app.conf.worker_prefetch_multiplier == 1

    def test_hands_a_message_out_again_only_after_the_longest_task(self):
        visibility = app.conf.broker_transport_options["visibility_timeout"]

        assert visibility > 2 * app.conf.task_time_limit
        assert app.conf.result_backend_transport_options["visibility_timeout"] == visibility
        assert app.conf.visibility_timeout == visibility

    def test_speaks_nothing_but_json(self):
        assert app.conf.accept_content == ["json"]
        assert app.conf.result_accept_content == ["json"]
        assert app.conf.task_serializer == app.conf.result_serializer == "json"

    def test_leaves_logging_to_the_mask(self):
        assert app.conf.worker_hijack_root_logger is False
