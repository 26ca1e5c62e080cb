from collections.abc import Iterator

import pytest

from tests.instance import Karwan
from tests.peers.wechat import Official, WeChatPeer
from tests.peers.wecom import WecomPeer
from tests.weixin import vectors
from tests.weixin.accounts import add_wechat, add_wecom


@pytest.fixture(scope="session")
def shop_slug(karwan: Karwan) -> str:
    """One shop for all: nobody here changes an order."""
    return karwan.new_shop()


@pytest.fixture
def wechat(karwan: Karwan, shop_slug: str) -> Iterator[WeChatPeer]:
    """A verified account in encrypted mode."""
    with WeChatPeer(Official(aes_key=vectors.AES_KEY)) as peer:
        add_wechat(karwan, shop_slug, peer)
        yield peer


@pytest.fixture
def plain(karwan: Karwan, shop_slug: str) -> Iterator[WeChatPeer]:
    """An account that is not verified, in plain mode: callbacks are all it has."""
    with WeChatPeer(Official(token="another-token")) as peer:
        add_wechat(karwan, shop_slug, peer, service_api=False)
        yield peer


@pytest.fixture
def wecom(karwan: Karwan, shop_slug: str) -> Iterator[WecomPeer]:
    with WecomPeer() as peer:
        add_wecom(karwan, shop_slug, peer)
        yield peer
