"""The action server of the stock system: our actions, nothing else."""

import asyncio

import uvicorn
from fastapi import FastAPI

from actions.server import router
from bot.settings import settings
from shop.database import connect


async def main() -> None:
    ours = settings()
    engine, sessions = connect(ours.database_url, pool_size=20)
    app = FastAPI()
    app.include_router(router(sessions, ours.engine_secret))

    @app.get("/healthz")
    async def alive() -> dict[str, bool]:
        return {"alive": True}

    config = uvicorn.Config(app, port=ours.port, log_config=None, access_log=False, loop="uvloop")
    await uvicorn.Server(config).serve()
    await engine.dispose()


asyncio.run(main())
