"""The staff's JSON API under /api/v1: its parts, and its errors."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from bot import errors
from bot.api import accounts, conversations, events, faqs, order_imports, orders, shop_orders, work
from bot.console.order_words import trouble_told
from bot.console.words import chosen, words
from bot.staff.errors import LoginLocked, StaffError
from bot.staff.passwords import WeakPassword
from knowledge.entries import ChangedSince, UnknownEntry
from shop.order_fields import Bad

PARTS = (
    accounts.routes,
    conversations.routes,
    orders.routes,
    events.routes,
    work.routes,
    faqs.routes,
    order_imports.routes,
    shop_orders.routes,
)


def install(app: FastAPI) -> None:
    routes = APIRouter(prefix="/api/v1")
    for part in PARTS:
        routes.include_router(part)
    app.include_router(routes)

    @app.exception_handler(StaffError)
    async def refused(_: Request, error: StaffError) -> JSONResponse:
        headers = {"Retry-After": str(error.seconds)} if isinstance(error, LoginLocked) else None
        return errors.body(error.status, error.code, str(error), getattr(error, "field", None), headers)

    @app.exception_handler(Bad)
    async def bad_field(request: Request, error: Bad) -> JSONResponse:
        said = trouble_told(error.trouble, words(chosen(None, request.headers.get("accept-language", "en"))))
        return errors.body(422, error.trouble, said, error.field or None)

    @app.exception_handler(UnknownEntry)
    async def unknown(_: Request, error: UnknownEntry) -> JSONResponse:
        return errors.body(404, "not_found", str(error))

    @app.exception_handler(ChangedSince)
    async def changed_since(_: Request, error: ChangedSince) -> JSONResponse:
        return errors.body(409, "changed_since", str(error))

    @app.exception_handler(WeakPassword)
    async def weak(_: Request, error: WeakPassword) -> JSONResponse:
        return errors.body(422, "weak_password", str(error), "password")
