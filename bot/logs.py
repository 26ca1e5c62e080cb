"""Logs: one JSON line an event, on standard error, without a shopper's words; long numbers are masked."""

import logging
import sys
from typing import Any

import structlog

from nlu.text.digits import mask


def configure() -> None:
    """Send our own logs and every library's through structlog."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _masked,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _masked(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What is said of an error may quote data: numbers are hidden, tracebacks reduced to the error's kind."""
    event["event"] = mask(str(event["event"]))
    failure = event.pop("exc_info", None)
    if failure:
        kind = failure[0] if isinstance(failure, tuple) else sys.exc_info()[0]
        event["error"] = getattr(kind, "__name__", "unknown")
        event["where"] = _where(failure)
    return event


def _where(failure: Any) -> str:
    """File and line of the innermost frame: enough to find the place, and no data in it."""
    trace = failure[2] if isinstance(failure, tuple) else sys.exc_info()[2]
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}"
