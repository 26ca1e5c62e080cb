"""The widget's script and the demo shop's page. Both are read once."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from bot.widget.script import script

DEMO = Path(__file__).parent / "widget" / "demo.html"


def router() -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/widget.js")
    async def widget() -> Response:
        headers = {"Cache-Control": "public, max-age=300"}
        return Response(script(), media_type="text/javascript; charset=utf-8", headers=headers)

    @routes.get("/")
    async def home() -> HTMLResponse:
        page, policy = demo_page()
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    return routes


@cache
def demo_page() -> tuple[str, str]:
    """The page and its policy: scripts from here alone, and the page's own inline one by its hash."""
    page = DEMO.read_text("utf-8")
    inline = [
        hashlib.sha256(code.encode()).digest()
        for code in re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    ]
    scripts = " ".join(f"'sha256-{base64.b64encode(code).decode()}'" for code in inline)
    policy = (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'unsafe-inline'; "
        "img-src 'self' blob: data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page, policy
