"""Logins for the demo shop, made when it is first loaded, kept beside the data and printed at each start.

None are made in production.
"""

import asyncio
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import select

from bot.staff import passwords
from bot.staff.accounts import create_staff
from bot.staff.models import Membership, Role
from shop.database import connect, transaction
from shop.shops import shop_by_slug

WHO = (
    ("owner@demo.example", "店主", Role.owner),
    ("agent1@demo.example", "客服一", Role.agent),
    ("agent2@demo.example", "客服二", Role.agent),
)


@dataclass(frozen=True)
class DemoLogin:
    email: str
    password: str
    role: str


def demo_logins(url: str, folder: Path) -> list[DemoLogin]:
    """The demo shop's logins; none when somebody else has made its staff."""
    file = folder / "demo-logins.json"
    made = asyncio.run(_make(url))
    if made:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as output:
            json.dump([asdict(login) for login in made], output)
        return made
    if not file.exists():
        return []
    return [DemoLogin(**login) for login in json.loads(file.read_text("utf-8"))]


async def _make(url: str) -> list[DemoLogin]:
    """Where the demo shop has no staff yet."""
    engine, sessions = connect(url, pool_size=1)
    made = []
    async with transaction(sessions) as session:
        shop = await shop_by_slug(session, "demo")
        works = select(Membership.id).where(Membership.shop_id == (shop.id if shop else 0)).limit(1)
        if shop is not None and await session.scalar(works) is None:
            for email, name, role in WHO:
                password = passwords.generate()
                await create_staff(session, shop=shop, email=email, name=name, password=password, role=role)
                made.append(DemoLogin(email, password, role.value))
    await engine.dispose()
    return made
