"""The widget's script and the demo page. Both are read once."""

from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Response

from bot.widget.script import script

WIDGET = Path(__file__).parent / "widget"


def router() -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/widget.js")
    async def widget() -> Response:
        headers = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}
        return Response(script(), media_type="text/javascript; charset=utf-8", headers=headers)

    return routes


@lru_cache(maxsize=1)
def demo_page() -> str:
    return (WIDGET / "demo.html").read_text("utf-8")
