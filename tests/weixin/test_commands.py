"""`karwan channel add` and `check` for WeChat and WeCom, as a seller uses them."""

import secrets

from tests.instance import Karwan
from tests.peers.wechat import Official, WeChatPeer
from tests.peers.wecom import Corp, WecomPeer
from tests.weixin import vectors as v


def test_an_official_account(karwan: Karwan, shop_slug: str) -> None:
    with WeChatPeer(Official(aes_key=v.AES_KEY)) as peer:
        ours, name = peer.account, f"cli-{secrets.token_hex(4)}"
        done = karwan.command(
            *("channel", "add", "wechat", "--shop", shop_slug, "--account", name, "--app-id", ours.app_id),
            *("--app-secret", "-", "--token", "-", "--aes-key", "-", "--api-base", peer.base),
            typed=f"{ours.app_secret}\n{ours.token}\n{ours.aes_key}\n",
            PUBLIC_URL="https://shop.example",
        )
        assert done.returncode == 0, done.stderr
        assert f"https://shop.example/channels/wechat/{name}" in done.stdout
        peer.account.url = f"{karwan.base}/channels/wechat/{name}"
        assert peer.hears("o-cli", "你好")
        done = karwan.command("channel", "check", "--account", name, PUBLIC_URL=karwan.base)
        assert (done.returncode, done.stdout) == (0, f"wechat {name}: all well\n")


def test_an_account_of_wecom(karwan: Karwan, shop_slug: str) -> None:
    with WecomPeer() as peer:
        corp, name = peer.corp, f"cli-{secrets.token_hex(4)}"
        done = karwan.command(
            *("channel", "add", "wecom", "--shop", shop_slug, "--account", name, "--corp-id", corp.corp_id),
            *("--secret", "-", "--token", corp.token, "--aes-key", corp.aes_key),
            *("--open-kfid", corp.open_kfid, "--api-base", peer.base),
            typed=f"{corp.secret}\n",
        )
        assert done.returncode == 0, done.stderr
        corp.url = f"{karwan.base}/channels/wecom/{name}"
        peer.say("u-cli", "你好")
        assert peer.phones.until("u-cli", 1)


def test_what_is_wrong_is_one_line(karwan: Karwan, shop_slug: str) -> None:
    corp = Corp(aes_key="too short")
    done = karwan.command(
        *("channel", "add", "wecom", "--shop", shop_slug, "--account", "x", "--corp-id", "ww1"),
        *("--secret", "s", "--token", "t", "--aes-key", corp.aes_key, "--open-kfid", "wk1"),
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "karwan: --aes-key is no EncodingAESKey; it has 43 letters and digits"
    )
