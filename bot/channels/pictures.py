"""A shopper's picture: checked by decoding it, made small, freed of everything but its pixels."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

from PIL import Image, ImageOps

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")

Image.MAX_IMAGE_PIXELS = None  # Pillow's own guard warns at one size and refuses at another; ours is below
_decoders = ThreadPoolExecutor(2, "picture")  # 50 million pixels are 200 MB while they are decoded


class NotAPicture(Exception):
    """Not a JPEG, PNG or WebP that can be decoded, or one with too many pixels."""


async def reencode(content: bytes) -> bytes:
    """The picture as JPEG, at most 1600 pixels a side, upright, without metadata. Raises NotAPicture."""
    return await asyncio.get_running_loop().run_in_executor(_decoders, _reencode, content)


def _reencode(content: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise NotAPicture("the picture has too many pixels")
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))  # first: a JPEG is then decoded small
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except NotAPicture:
        raise
    except Exception as error:  # a decoder may raise anything at bytes made to hurt it
        raise NotAPicture("not a readable JPEG, PNG or WebP") from error
    # Onto a new picture: comments, XMP and EXIF stay behind, and what is transparent becomes white.
    clean = Image.new("RGB", upright.size, "white")
    clean.paste(upright, mask=upright)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()
