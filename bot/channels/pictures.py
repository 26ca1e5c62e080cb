"""A shopper's picture: checked by decoding it, made small, freed of position data."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")


class NotAPicture(Exception):
    """Not a JPEG, PNG or WebP that can be decoded, or one with too many pixels."""


def reencode(content: bytes) -> bytes:
    """The picture as JPEG, at most 1600 pixels a side, upright, without metadata. Blocking; some 50 ms."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise NotAPicture("too many pixels")
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                out = io.BytesIO()
                upright.convert("RGB").save(out, "JPEG", quality=82, optimize=True)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotAPicture("not a readable JPEG, PNG or WebP") from error
    except Image.DecompressionBombWarning as error:
        raise NotAPicture("too many pixels") from error
    return out.getvalue()
