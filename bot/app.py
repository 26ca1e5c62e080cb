"""The web application: channels, the widget, the action server, health and metrics."""

import contextlib
from collections.abc import AsyncIterator

import sqlalchemy.exc
from fastapi import Depends, FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from actions import server as action_server
from bot import edge, errors, pages
from bot.accounts import Accounts
from bot.api import routes as api
from bot.channels import callbacks, web
from bot.channels.rate import Rate
from bot.channels.tools import Tools
from bot.console import routes as console
from bot.engine import Engine
from bot.intake import Intake
from bot.jobs import single_statements
from bot.live import Live
from bot.metrics import count_outbox
from bot.orders import kuaidi100
from bot.settings import Settings
from bot.support.desk import Support
from bot.support.feed import all_through
from bot.translators import translator_of
from bot.vault import Vault
from shop.database import Sessions, connect


def create(settings: Settings) -> FastAPI:
    """The application over these settings. Nothing connects before it starts.

    `app.state.web.live.close` ends its open streams and waiting requests: call it before the server stops.
    """
    database, sessions = connect(settings.database_url, pool_size=10)
    single = single_statements(database)
    live = Live(settings.database_url)
    engine = Engine(settings.engine_url, settings.engine_secret)
    vault = Vault(settings.sealing_keys())
    tools = Tools(sessions, single, vault, live, public_url=settings.public_url)
    accounts = Accounts(tools)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with live.listening():
            yield
        await accounts.close()
        if app.state.support.translator is not None:
            await app.state.support.translator.close()
        await engine.close()
        await all_through()
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
    app.state.support = Support(
        sessions,
        single,
        live,
        logins=Rate(settings.staff_logins_per_second, burst=20),
        vault=vault,
        translator=translator_of(settings),
    )
    app.state.engine = engine
    app.state.door = callbacks.Door(
        accounts,
        Intake(sessions, single, Rate(settings.contact_messages_per_second, burst=30)),
        forgeries=Rate(1, burst=60),
    )
    app.state.kuaidi100 = kuaidi100.Gate(sessions, vault, forgeries=Rate(1, burst=60))
    app.state.tools = tools
    errors.install(app)
    edge.install(app)
    app.include_router(web.routes)
    app.include_router(callbacks.routes)
    app.include_router(kuaidi100.routes)
    api.install(app)
    console.install(app)
    app.include_router(action_server.router(sessions, settings.engine_secret, engine.embed))
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
        with contextlib.suppress(sqlalchemy.exc.SQLAlchemyError):  # the counters do without the database
            async with single() as session:
                await count_outbox(session)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
