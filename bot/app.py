"""The web application: channels, the widget, the action server, health and metrics."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import Depends, FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from actions import server as action_server
from bot import edge, errors, pages
from bot.channels import web
from bot.channels.rate import Rate
from bot.engine import Engine
from bot.jobs import single_statements
from bot.live import Live
from bot.settings import Settings
from shop.database import Sessions, connect


def create(settings: Settings) -> FastAPI:
    """The application over these settings. Nothing connects before it starts.

    `app.state.web.live.close` ends its open streams and waiting requests: call it before the server stops.
    """
    database, sessions = connect(settings.database_url, pool_size=10)
    single = single_statements(database)
    live = Live(settings.database_url)
    engine = Engine(settings.engine_url, settings.engine_secret)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with live.listening():
            yield
        await engine.close()
        await database.dispose()

    app = FastAPI(
        title="Karwan", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    app.state.web = web.Web(
        sessions,
        single,
        live,
        messages=Rate(settings.web_messages_per_second, burst=60),
        new_sessions=Rate(settings.web_sessions_per_second, burst=600),
    )
    errors.install(app)
    edge.install(app)
    app.include_router(web.routes)
    app.include_router(action_server.router(sessions, settings.engine_secret))
    app.include_router(pages.router())
    _add_operations(app, single, engine)
    return app


def _add_operations(app: FastAPI, single: Sessions, engine: Engine) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def alive() -> dict[str, bool]:
        return {"alive": True}

    @app.get("/readyz", include_in_schema=False)
    async def ready() -> JSONResponse:
        parts = {"database": False, "engine": await engine.ready()}
        with contextlib.suppress(Exception):  # any failure means: not ready
            async with single() as session:
                await session.execute(text("SELECT FROM shop LIMIT 1"))
            parts["database"] = True
        return JSONResponse({"ready": all(parts.values()), **parts}, 200 if all(parts.values()) else 503)

    @app.get("/metrics", include_in_schema=False, dependencies=[Depends(edge.loopback_only)])
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
