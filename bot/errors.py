"""Errors at the HTTP edge: `{"error": {"code", "message", "field"}}` with a fitting status."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException


class Problem(Exception):
    """What went wrong, for the caller; nothing of a shopper's words in it."""

    def __init__(
        self, status: int, code: str, message: str, field: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field
        self.headers = headers


def install(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> JSONResponse:
        return _body(error.status, error.code, error.message, error.field, error.headers)

    @app.exception_handler(ValidationError)
    @app.exception_handler(RequestValidationError)
    async def unreadable(_: Request, error: RequestValidationError | ValidationError) -> JSONResponse:
        first = dict(error.errors()[0])
        place = [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
        return _body(422, "unreadable", str(first["msg"]), ".".join(place) or None)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        return _body(error.status_code, "http", str(error.detail), None, dict(error.headers or {}))


def _body(
    status: int, code: str, message: str, field: str | None, headers: dict[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message, "field": field}}, status, headers)
