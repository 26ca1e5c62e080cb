"""No telemetry, no error reporting, and no warning or debug line of a library on the user's terminal."""

import logging
import os
import warnings

import structlog


def hush() -> None:
    """Call before Rasa or TensorFlow is imported."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one message at a time; threads only wait for each other
    # Rasa's dependencies reset the filters while they are imported, so the printing itself is turned off.
    warnings.showwarning = lambda *_, **__: None
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s %(message)s")
    # Rasa's own events go through structlog: below "critical" they are not even rendered.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), cache_logger_on_first_use=True
    )
    # Rasa's processor logs a failed action with a traceback that can hold a shopper's words; ours raises.
    for name in ("rasa.core.processor", "rasa.core.actions.action", "rasa.shared.utils.io"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
