"""What shops sell, by the names shoppers use: asked of the app once for each version of a shop's catalogue.

A turn's metadata say which version its shop has, so a new product is known from the next message on, in every
process. Without the app a turn goes on with what was known before, or without products.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from nlu.text.entities import Products
from nlu.text.products import products_book

KEPT = 50  # shops; one takes 0.1 MB with 25 products, 5 MB with a thousand
PAUSE = 1.0  # seconds before an app that did not answer is asked again

logger = logging.getLogger(__name__)
Fetch = Callable[[int], Awaitable[list[dict[str, Any]]]]


class Catalogues:
    """`fetch` gives the products of a shop, each with `name` by language and `aliases`."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._known: OrderedDict[int, tuple[int, Products]] = OrderedDict()
        self._coming: dict[tuple[int, int], asyncio.Task[None]] = {}
        self._missed: dict[int, float] = {}

    async def of(self, metadata: dict[str, Any]) -> Products | None:
        """The products of a message's shop; None where it names no shop and version, or none are known."""
        shop, version = metadata.get("shop"), metadata.get("catalogue")
        if not isinstance(shop, int) or not isinstance(version, int):
            return None
        known = self._known.get(shop)
        if (known is None or known[0] != version) and time.monotonic() > self._missed.get(shop, 0) + PAUSE:
            await self._come(shop, version)
            known = self._known.get(shop)
        if known is None:
            return None
        self._known.move_to_end(shop)
        return known[1]

    async def _come(self, shop: int, version: int) -> None:
        """Fetched once, however many messages wait for it; one that is given up ends none of the others."""
        task = self._coming.get((shop, version))
        if task is None:
            task = self._coming[shop, version] = asyncio.create_task(self._load(shop, version))
            task.add_done_callback(lambda _: self._coming.pop((shop, version), None))
        await asyncio.shield(task)

    async def _load(self, shop: int, version: int) -> None:
        try:
            products = await self._fetch(shop)
            # In a thread: with thousands of names it takes long enough for other shops to notice.
            book = await asyncio.to_thread(book_of, products)
        except Exception as error:  # whatever is wrong there, the shopper is still answered
            self._missed[shop] = time.monotonic()
            logger.warning("no catalogue of shop %d: %s", shop, type(error).__name__)
            return
        self._missed.pop(shop, None)
        self._known[shop] = version, book
        while len(self._known) > KEPT:
            self._known.popitem(last=False)


def book_of(products: list[dict[str, Any]]) -> Products:
    """The book of names of products; a product is called by its Chinese name, if it has one."""
    return products_book(
        (
            product["name"].get("zh") or next(iter(product["name"].values())),
            (*product["name"].values(), *product["aliases"]),
        )
        for product in products
    )
