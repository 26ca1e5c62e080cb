"""What stands around the channel: health, metrics, the description of the API, pages, who may read what."""

import httpx
import pytest

from tests.instance import Karwan

ELSEWHERE = {"Origin": "https://a-sellers-shop.example"}


def get(karwan: Karwan, path: str, **headers: str) -> httpx.Response:
    return httpx.get(karwan.base + path, headers=headers, trust_env=False, timeout=10)


def test_health(karwan: Karwan) -> None:
    assert get(karwan, "/healthz").json() == {"alive": True}
    assert get(karwan, "/readyz").json() == {"ready": True, "database": True, "engine": True}


def test_the_api_describes_itself(karwan: Karwan) -> None:
    described = get(karwan, "/api/openapi.json").json()
    assert set(described["paths"]) >= {
        f"/channels/web/{{shop}}/{name}"
        for name in ("sessions", "messages", "images", "images/{picture}", "events")
    }
    post = described["paths"]["/channels/web/{shop}/messages"]["post"]
    assert post["requestBody"]["content"]["application/json"]["schema"]["required"] == ["message_id", "text"]
    assert post["security"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_metrics_are_for_this_machine(karwan: Karwan, header: str) -> None:
    assert get(karwan, "/metrics").status_code == 200
    assert get(karwan, "/metrics", **{header: "203.0.113.7"}).status_code == 404


def test_a_sellers_page_may_use_the_channel(karwan: Karwan, shop_slug: str) -> None:
    url = f"{karwan.base}/channels/web/{shop_slug}/messages"
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    allowed = httpx.options(url, headers=ELSEWHERE | asked, trust_env=False)
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    assert {"Authorization", "Content-Type"} <= set(
        allowed.headers["Access-Control-Allow-Headers"].split(", ")
    )
    refusal = httpx.post(url, json={}, headers=ELSEWHERE, trust_env=False)
    assert refusal.status_code == 401
    assert refusal.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in refusal.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in refusal.headers


@pytest.mark.parametrize(
    "path", ["/metrics", "/api/openapi.json", "/readyz", "/", "/actions", "/catalogue/1"]
)
def test_a_sellers_page_may_not_read_the_rest(karwan: Karwan, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in get(karwan, path, **ELSEWHERE).headers


def test_the_widgets_script(karwan: Karwan) -> None:
    script = get(karwan, "/widget.js", **ELSEWHERE)
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["Access-Control-Allow-Origin"] == "*"


def test_our_own_page_allows_nothing_but_its_own(karwan: Karwan) -> None:
    page = get(karwan, "/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self' 'sha256-" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
