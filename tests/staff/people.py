"""Staff at work in a test: a client that is logged in, and how they come to be."""

import asyncio
import uuid
from typing import Any, Self

import httpx
from sqlalchemy import update

from bot.staff import passwords
from bot.staff.accounts import create_staff
from bot.staff.models import Role, Staff
from shop.database import connect, transaction
from shop.shops import shop_by_slug
from tests.instance import Karwan

PASSWORD = "correct horse battery"
_hashed = asyncio.run(passwords.hash_of(PASSWORD))


class Colleague:
    """One login at one shop."""

    def __init__(self, karwan: Karwan, shop: str, email: str) -> None:
        self.shop, self.email = shop, email
        self.http = httpx.Client(base_url=f"{karwan.base}/api/v1", timeout=30, trust_env=False)
        login = self.http.post("/login", json={"email": email, "password": PASSWORD})
        assert login.status_code == 200, login.text
        self.id: int = login.json()["staff_id"]
        self.token: str = login.json()["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        self.http.headers["X-Shop"] = shop

    @classmethod
    def hired(cls, karwan: Karwan, shop: str, role: str = "agent", *, also: str = "") -> Self:
        """A new account at `shop` (and `also`), logged in."""
        email = f"{role}-{uuid.uuid4().hex[:12]}@shop.example"
        asyncio.run(_hire(karwan.database_url, email, Role(role), [shop, *([also] if also else [])]))
        return cls(karwan, shop, email)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, path: str, **more: Any) -> Any:
        response = self.http.get(path, **more)
        assert response.status_code == 200, response.text
        return response.json()

    def do(self, path: str, body: Any = None, *, status: int = 200) -> Any:
        """POST; the answer, whose status is checked."""
        response = self.http.post(path, json=body) if body is not None else self.http.post(path)
        assert response.status_code == status, response.text
        return response.json() if response.content else None

    def on(self, conversation: str, act: str, body: Any = None, *, status: int = 200) -> Any:
        return self.do(f"/conversations/{conversation}/{act}", body, status=status)

    def say(self, conversation: str, text: str, *, status: int = 201, **more: Any) -> Any:
        body = {"text": text, "client_id": uuid.uuid4().hex, **more}
        return self.on(conversation, "messages", body, status=status)

    def look(self, conversation: str) -> dict[str, Any]:
        opened: dict[str, Any] = self.get(f"/conversations/{conversation}")
        return opened


async def _hire(url: str, email: str, role: Role, shops: list[str]) -> None:
    engine, sessions = connect(url, pool_size=1)
    async with transaction(sessions) as session:
        for slug in shops:
            shop = await shop_by_slug(session, slug)
            assert shop is not None
            staff = await create_staff(
                session, shop=shop, email=email, name=email[:12], password=PASSWORD, role=role
            )
        # One hash for all of them: making it anew takes longer than the rest of a test.
        await session.execute(update(Staff).where(Staff.id == staff.id).values(password_hash=_hashed))
    await engine.dispose()


def error_of(response: httpx.Response) -> str:
    code: str = response.json()["error"]["code"]
    return code
