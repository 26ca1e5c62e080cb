"""Errors at the HTTP edge: `{"error": {"code", "message", "field"}}` with a fitting status."""

from http import HTTPStatus

import sqlalchemy.exc
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect


class Problem(HTTPException):
    """What went wrong, for the caller; nothing of a shopper's words in it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.code, self.field = code, field


def body(
    status: int, code: str, message: str, field: str | None = None, headers: dict[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message, "field": field}}, status, headers)


def install(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        code = getattr(error, "code", None) or HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        headers = dict(error.headers or {})
        return body(error.status_code, code, str(error.detail), getattr(error, "field", None), headers)

    @app.exception_handler(ValidationError)
    @app.exception_handler(RequestValidationError)
    async def unreadable(_: Request, error: RequestValidationError | ValidationError) -> JSONResponse:
        first = dict(error.errors()[0])
        place = [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
        return body(
            422, "unreadable", str(first["msg"]), ".".join(place) or (first.get("ctx") or {}).get("field")
        )

    @app.exception_handler(sqlalchemy.exc.OperationalError)
    @app.exception_handler(sqlalchemy.exc.TimeoutError)
    async def no_database(_: Request, __: Exception) -> JSONResponse:
        return body(
            503, "unavailable", "the database does not answer; try again", headers={"Retry-After": "1"}
        )

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> JSONResponse:
        return body(400, "disconnected", "the request ended before its body did")
