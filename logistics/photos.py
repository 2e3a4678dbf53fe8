"""Photos from strangers: read with care, made small, written anew, so that nothing but the picture is kept."""

from __future__ import annotations

import io
import warnings
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 12 * 1024 * 1024
#: A header may promise more pixels than memory holds; it is believed before a pixel is read (reliability.md M14).
MOST_PIXELS = 40_000_000
LONGEST_PX = 1600
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 82


class UnusablePhoto(ValueError):
    """A file that is not a photo we can keep; the message says what to do."""


def photo_rewrite(file: BinaryIO) -> ContentFile:
    """
    Return a photo as a JPEG of at most 1600 px a side, upright, without EXIF (no place, no device, no thumbnail).

    Raises
    ------
    UnusablePhoto
        If it is not JPEG, PNG or WebP, is damaged, weighs over 12 MB, or has over 40 megapixels.
    """
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UnusablePhoto(_("The photo is larger than 12 MB. Please send a smaller one."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise UnusablePhoto(_("The photo has more than 40 megapixels. Please send a smaller one.")) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise UnusablePhoto(_("This is not a photo we can read. Please send a JPEG, PNG or WebP photo.")) from error
    if picture.width * picture.height > MOST_PIXELS:
        raise UnusablePhoto(_("The photo has more than 40 megapixels. Please send a smaller one."))
    return ContentFile(_written(picture))


def _written(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    try:
        # JPEG is decoded at the smallest scale that still gives the wanted size: a fraction of the memory.
        picture.draft("RGB", (LONGEST_PX, LONGEST_PX))
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
        upright.thumbnail((LONGEST_PX, LONGEST_PX))
        ground = Image.new("RGB", upright.size, "white")
        ground.paste(upright, mask=upright.getchannel("A"))
        ground.save(out, "JPEG", quality=_QUALITY, optimize=True)
    except (OSError, ValueError, SyntaxError) as error:
        raise UnusablePhoto(_("The photo is damaged. Please take or choose it again.")) from error
    return out.getvalue()
