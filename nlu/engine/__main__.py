"""`python -m nlu.engine`: load the model that fits the data and serve it on loopback.

Reads from the environment: ENGINE_SECRET (needed), ENGINE_PORT (5005), ACTION_URL, ACTION_TIMEOUT (seconds),
and KARWAN_MODELS (var/models).
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from nlu.engine import quiet
from nlu.engine.train import model_path


async def main(model: Path, secret: str) -> None:
    from nlu.engine import patches  # slow: TensorFlow
    from nlu.engine.runtime import ACTION_TIMEOUT, Engine
    from nlu.engine.server import serve

    patches.apply()
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    engine = Engine(
        model,
        action_url=os.environ.get("ACTION_URL", "http://127.0.0.1:8000/actions"),
        action_secret=secret,
        action_timeout=float(os.environ.get("ACTION_TIMEOUT", ACTION_TIMEOUT)),
    )
    await serve(engine, int(os.environ.get("ENGINE_PORT", "5005")), secret, stop)


if not os.environ.get("ENGINE_SECRET"):
    sys.exit("karwan engine: set ENGINE_SECRET, which the app must know too")
quiet.hush()  # before TensorFlow is imported
try:
    asyncio.run(main(model_path(), os.environ["ENGINE_SECRET"]))
except (OSError, ValueError, RuntimeError) as error:
    sys.exit(f"karwan engine: {error}")
