"""A shop and its own rules."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import Shop
from shop.rules import ShopRules


async def shop_by_slug(session: AsyncSession, slug: str) -> Shop | None:
    return await session.scalar(select(Shop).where(Shop.slug == slug))


def rules_of(shop: Shop) -> ShopRules:
    """The shop's settings as rules; what it does not set has its default. Raises pydantic.ValidationError."""
    return ShopRules.model_validate(shop.settings)


async def rules_for(session: AsyncSession, shop_id: int) -> ShopRules:
    """As `rules_of`, for a use case that only knows the shop's id."""
    return rules_of(await session.get_one(Shop, shop_id))
