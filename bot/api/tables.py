"""A table as the body of a request, or as the `file` of a form, kept on disk while it is read."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from fastapi import Request
from starlette.datastructures import UploadFile

from bot.errors import Problem
from shop.tables import Fault, TableRefused

CHUNK = 1024 * 1024


@asynccontextmanager
async def uploaded(request: Request, *, refused: bool = True) -> AsyncIterator[Path]:
    """Gone at the end. What is no table is refused as a Problem, 422 (too large: 413, by bot.edge); or, where
    `refused` is False, as it comes. A form may bring the table as `pasted` text, too.
    """
    handle, name = tempfile.mkstemp(prefix="karwan-table-")
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            if request.headers.get("content-type", "").startswith("multipart/form-data"):
                async with request.form(max_files=1, max_fields=10) as form:
                    await _keep(form.get("file"), form.get("pasted"), file)
            else:
                async for chunk in request.stream():
                    file.write(chunk)
        yield path
    except TableRefused as error:
        if not refused:
            raise
        raise Problem(422, error.code, str(error), "file") from None
    finally:
        os.unlink(name)


async def _keep(part: object, pasted: object, file: BinaryIO) -> None:
    if isinstance(part, UploadFile) and part.filename:
        await part.seek(0)
        while chunk := await part.read(CHUNK):
            file.write(chunk)
    elif isinstance(pasted, str) and pasted.strip():
        file.write(pasted.encode("utf-8", "replace"))
    else:
        raise Problem(422, "unreadable", "the form has no file", "file")


def fault_told(fault: Fault) -> dict[str, str | None]:
    return {"code": fault.code, "message": str(fault), "field": fault.field}
