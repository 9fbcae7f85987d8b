"""Nothing that identifies a person reaches a log."""
import io
import logging
import logging.config

import pytest

from config.logs import MaskPersonalData, logging_config, masked

IDENTITY = "511902199001010010"
IDENTITY_X = "11010519491231002X"
PHONE = "13800001234"
ACCOUNT = "6212260000000000018"
CANARIES = [IDENTITY, IDENTITY_X, IDENTITY_X.lower(), PHONE, ACCOUNT]


@pytest.fixture
def log():
    """A logger that writes as the application does, and what it wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(MaskPersonalData())
    logger = logging.getLogger("tests.canary")
    logger.addHandler(handler)
    logger.setLevel("DEBUG")
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)
    logger.propagate = True


class TestTheMask:
    @pytest.mark.parametrize(("text", "shown"), [
        (f"身份证{IDENTITY}不存在", "身份证511902********0010不存在"),
        (f"id={IDENTITY_X}", "id=110105********002X"),
        (f"/persons/?q={IDENTITY}&p=1", "/persons/?q=511902********0010&p=1"),
        (f"id{IDENTITY}", "id511902********0010"),
        (f"tel {PHONE}.", "tel 138****1234."),
        (f"to account {ACCOUNT}", "to account ***************0018"),
        (f"{IDENTITY},{PHONE},{ACCOUNT}", "511902********0010,138****1234,***************0018"),
    ])
    def test_hides_what_identifies_a_person(self, text, shown):
        assert masked(text) == shown

    @pytest.mark.parametrize("text", [
        "case LX511902202603000123 settled",
        "paid 3690.00 of 4500.00 in 0.1234567890123456789 s",
        "task 0f0b0c9e-5a51-4b39-8f0e-2f6c9d3a7f11 done",
        "2026-03-01 09:30:00 job 1234567 of 20000000",
        "sha256 082e8255a789d444ef87e34508312ba54ad3628352f4dc39a6308151838acf4f",
        "institution H51190200001",
    ])
    def test_leaves_other_numbers_readable(self, text):
        assert masked(text) == text

    @pytest.mark.parametrize("canary", CANARIES)
    def test_covers_arguments_and_tracebacks(self, log, canary):
        logger, stream = log

        logger.info("person %s", canary)
        logger.info("person %(no)s", {"no": canary})
        try:
            raise ValueError(f"no person {canary}")
        except ValueError:
            logger.exception("failed", stack_info=True)

        written = stream.getvalue()
        assert "ValueError" in written
        assert canary not in written


class TestTheConfiguration:
    def test_gives_every_handler_the_mask(self):
        config = logging_config("INFO")

        assert all("mask" in handler["filters"] for handler in config["handlers"].values())

    def test_leaves_no_handler_of_django_that_would_not_mask(self):
        for name in ("django", "django.server", "django.request"):
            assert not logging.getLogger(name).handlers
