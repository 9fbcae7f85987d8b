"""Logs without personal data: what looks like one is masked before any handler writes it."""
import logging
import re
import traceback

from policy.masking import mask_account, mask_id, mask_phone

# A case number (LX511902202603000123) has 18 digits too, but no date where an identity number has the birth date.
IDENTITY = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])", re.ASCII
)
PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII)
ACCOUNT = re.compile(r"(?<![\dA-Za-z.])\d{16,19}(?![\d.])", re.ASCII)


def masked(text: str) -> str:
    """`text` with identity numbers, mobile phones and bank accounts masked; when in doubt, masked."""
    text = IDENTITY.sub(lambda found: mask_id(found[0]), text)
    text = ACCOUNT.sub(lambda found: mask_account(found[0]), text)
    return PHONE.sub(lambda found: mask_phone(found[0]), text)


class MaskPersonalData(logging.Filter):
    """Masks a record's message and its traceback, whose last line often quotes the offending value."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        if record.stack_info:
            record.stack_info = masked(record.stack_info)
        return True


def logging_config(level: str) -> dict:
    """Everything goes to stderr through the mask; Django's own handlers, which would not mask, are gone."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"mask": {"()": "config.logs.MaskPersonalData"}},
        "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["mask"], "formatter": "plain"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"handlers": [], "propagate": True, "level": "INFO"} for name in ("django", "django.server")},
    }
