"""Where the log of every verb goes, and from which level on."""

import logging
import sys

import structlog

from controlroom.settings import LOG_LEVELS


def set_up_logging(level: str) -> None:
    """``level``: one of ``LOG_LEVELS``."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")


def change_level(level: str) -> None:
    """From now on, where ``set_up_logging`` has been called: a verb called inside another program leaves that one's log alone."""
    if structlog.get_config()["cache_logger_on_first_use"]:
        set_up_logging(level)


def is_level(level: str) -> bool:
    return level.lower() in LOG_LEVELS
