"""What only a shop and a service it uses know: kept sealed."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.orders.models import ShopSecret
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import Impossible
from bot.vault import Vault
from shop.database import now

KUAIDI100 = "kuaidi100"
LONGEST = 200


async def secret_of(session: AsyncSession, vault: Vault, shop_id: int, name: str) -> str:
    """ "" for none. Raises WrongKey."""
    query = select(ShopSecret.sealed).where(ShopSecret.shop_id == shop_id, ShopSecret.name == name)
    return vault.open(await session.scalar(query)).get("word", "")


async def has_secret(session: AsyncSession, shop_id: int, name: str) -> bool:
    query = select(ShopSecret.id).where(ShopSecret.shop_id == shop_id, ShopSecret.name == name)
    return await session.scalar(query) is not None


async def set_secret(session: AsyncSession, vault: Vault, who: Who, name: str, word: str) -> None:
    """By an owner; an empty one is forgotten. Raises Impossible."""
    who.must(Right.manage)
    plain = word.strip()
    if len(plain) > LONGEST or not plain.isprintable():
        raise Impossible("bad_secret", "that is no word a service gives", "salt", 422)
    if not plain:
        await session.execute(
            delete(ShopSecret).where(ShopSecret.shop_id == who.shop_id, ShopSecret.name == name)
        )
    else:
        values = {"sealed": vault.seal({"word": plain}), "updated_at": now()}
        saved = insert(ShopSecret).values(shop_id=who.shop_id, name=name, **values)
        await session.execute(saved.on_conflict_do_update(index_elements=["shop_id", "name"], set_=values))
    await note_act(session, who, "set_secret" if plain else "drop_secret", name)
