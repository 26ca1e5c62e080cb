"""Pictures: what is taken, what is refused, and what is left of them."""

import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image

from bot.channels.pictures import MAX_BYTES
from tests.instance import Karwan
from tests.shopper import Shopper
from tests.web.test_bad_input import refused


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: object
) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, kind, **options)
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is this big and has nothing in it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def shown(shopper: Shopper) -> Image.Image:
    """The picture of the conversation's first message, as the shopper gets it back."""
    path = shopper.messages()[0]["image"]
    response = shopper.http.get(path.removeprefix(f"/channels/web/{shopper.shop}"))
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["x-content-type-options"] == "nosniff"
    return Image.open(io.BytesIO(response.content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pictures_are_taken(shopper: Shopper, kind: str, mode: str) -> None:
    response = shopper.show(picture(kind, (2000, 1000), mode), message_id="mine")
    assert response.status_code == 202
    message = shopper.messages()[0]
    assert (message["text"], message["message_id"]) == ("", "mine")
    assert shown(shopper).size == (1600, 800)


def test_a_picture_is_answered(shopper: Shopper) -> None:
    answer = shopper.show(picture(), wait=40)
    assert answer.status_code == 200
    assert answer.json()["messages"]


@pytest.mark.parametrize("mode", ["RGBA", "P", "LA"])
def test_what_is_transparent_becomes_white(shopper: Shopper, mode: str) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).convert(mode).save(
        out, "PNG", transparency=0 if mode == "P" else None
    )
    assert shopper.show(out.getvalue()).status_code == 202
    assert min(shown(shopper).convert("L").tobytes()) > 250


def test_only_pixels_are_kept(shopper: Shopper) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "SECRET description"
    exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 28.0, 12.0), 3: "E", 4: (75.0, 59.0, 24.0)})
    xmp = b"<x:xmpmeta>SECRET exif:GPSLatitude</x:xmpmeta>"
    sent = picture(exif=exif, xmp=xmp, comment=b"SECRET comment", icc_profile=b"SECRET profile")
    assert b"SECRET" in sent
    assert shopper.show(sent).status_code == 202
    kept = shown(shopper)
    assert kept.size == (480, 640)
    assert dict(kept.getexif()) == {}
    assert not {"comment", "xmp", "icc_profile", "exif"} & kept.info.keys()


JPEG = picture()
NOT_PICTURES = {
    "GIF": picture("GIF", mode="P"),
    "BMP": picture("BMP"),
    "TIFF": picture("TIFF"),
    "truncated JPEG": JPEG[: len(JPEG) // 2],
    "truncated PNG": picture("PNG")[:200],
    "text": "这不是照片".encode(),
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "empty": b"",
    "a million pixels a side": png_of(1_000_000, 1_000_000),
    "just too many pixels": png_of(10_000, 5_001),
    "HTML after a JPEG's first bytes": b"\xff\xd8\xff\xe0<html>",
}


@pytest.mark.parametrize("content", NOT_PICTURES.values(), ids=NOT_PICTURES.keys())
def test_not_pictures(shopper: Shopper, content: bytes) -> None:
    assert refused(shopper.show(content, name="photo.jpg"), 422, "not_a_picture") == "file"
    assert shopper.messages() == []


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 11_000_000, 20_000_000])
def test_too_large(karwan: Karwan, shopper: Shopper, size: int) -> None:
    refused(shopper.show(JPEG + bytes(size - len(JPEG))), 413, "too_large")
    assert shopper.messages() == []


def test_the_largest(shopper: Shopper) -> None:
    assert shopper.show(JPEG + bytes(MAX_BYTES - len(JPEG))).status_code == 202


def test_a_form_of_something_else(shopper: Shopper) -> None:
    post = shopper.http.post
    boundary = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(post("/images"), 422, "unreadable")
    refused(post("/images", json={"file": "x"}), 422, "unreadable")
    refused(post("/images", data={"file": "text"}), 422, "unreadable")
    refused(post("/images", content=b"junk", headers=boundary), 422, "unreadable")
    refused(
        post("/images", content=b"junk", headers={"Content-Type": "multipart/form-data"}), 422, "unreadable"
    )
    refused(post("/images", files=[("file", JPEG), ("file", JPEG)]), 422, "unreadable")
    refused(post("/images", data={"message_id": "x" * 101}, files={"file": JPEG}), 422, "unreadable")
    refused(post("/images", data={"message_id": "x" * 5000}, files={"file": JPEG}), 422, "unreadable")
    refused(post("/images", files={"file": JPEG, "message_id": b"x"}), 422, "unreadable")
    assert shopper.messages() == []


def test_the_same_picture_twice_at_once_is_stored_once(karwan: Karwan, shopper: Shopper) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: shopper.show(JPEG, message_id="same").json(), range(6)))
    assert all(answer == answers[0] for answer in answers)
    assert len([message for message in shopper.messages() if message["image"]]) == 1
    stored = karwan.sql("SELECT count(*) FROM attachment WHERE conversation_id = %s", shopper.conversation)
    assert stored == [(1,)]


def test_another_conversations_picture(karwan: Karwan, shop_slug: str, shopper: Shopper) -> None:
    shopper.show(JPEG)
    path = shopper.messages()[0]["image"]
    with Shopper.of(karwan, shop_slug) as other:
        url = karwan.base + path
        refused(httpx.get(url, headers=dict(other.http.headers), trust_env=False), 403, "other_conversation")
        refused(httpx.get(url, trust_env=False), 401, "no_session")
        refused(other.http.get("/images/00000000-0000-0000-0000-000000000000"), 404, "no_picture")
        refused(other.http.get("/images/x"), 422, "unreadable")
