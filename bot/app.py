"""The web application: channels, the widget, the action server, health and metrics."""

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from sqlalchemy import text

from actions import server as action_server
from bot import errors, pages
from bot.channels import web
from bot.channels.rate import Rate
from bot.engine import Engine
from bot.live import Live
from bot.settings import Settings
from shop.database import connect

logger = logging.getLogger(__name__)

REQUESTS = Counter("karwan_requests_total", "HTTP requests", ["route", "status"])
SECONDS = Histogram("karwan_request_seconds", "Time to answer a request", ["route"])


def create(settings: Settings) -> FastAPI:
    """The application over these settings. Nothing connects before it starts."""
    database, sessions = connect(settings.database_url, pool_size=20)
    live = Live(settings.database_url)
    engine = Engine(settings.engine_url, settings.engine_secret)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with live.listening():
            yield
        await engine.close()
        await database.dispose()

    app = FastAPI(title="Karwan", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    errors.install(app)
    app.middleware("http")(_measured)
    channel = web.Web(
        sessions,
        live,
        messages=Rate(settings.web_messages_per_second, burst=60),
        new_sessions=Rate(settings.web_sessions_per_second, burst=600),
    )
    app.include_router(web.router(channel))
    app.include_router(action_server.router(sessions, settings.engine_secret))
    app.include_router(pages.router())

    @app.get("/healthz", include_in_schema=False)
    async def alive() -> dict[str, bool]:
        return {"alive": True}

    @app.get("/readyz", include_in_schema=False)
    async def ready() -> JSONResponse:
        parts = {"database": False, "engine": await engine.ready()}
        with contextlib.suppress(Exception):  # any failure means: not ready
            async with sessions() as session:
                await session.execute(text("SELECT 1 FROM shop LIMIT 1"))
            parts["database"] = True
        return JSONResponse({"ready": all(parts.values()), **parts}, 200 if all(parts.values()) else 503)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/", include_in_schema=False)
    async def home() -> HTMLResponse:
        return HTMLResponse(pages.demo_page())

    return app


async def _measured(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    with SECONDS.labels("all").time():
        response = await call_next(request)
    route = request.scope.get("route")
    REQUESTS.labels(getattr(route, "path", "unknown"), str(response.status_code)).inc()
    return response
