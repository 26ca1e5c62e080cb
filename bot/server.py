"""The web application under uvicorn."""

from types import FrameType

import uvicorn

from bot.app import create
from bot.settings import Settings


def serve(settings: Settings) -> None:
    """Serve until a signal. Proxy headers are believed from this machine alone (FORWARDED_ALLOW_IPS)."""
    app = create(settings)

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            app.state.web.live.close()  # event streams end now, and need not be waited for
            super().handle_exit(sig, frame)

    Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=5,
        )
    ).run()
