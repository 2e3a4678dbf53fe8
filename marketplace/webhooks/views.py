"""The provider's notices. Signed, bounded, stored once, answered at once; what they lead to runs in the worker."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from marketplace.checkout.notices import notice_receive
from marketplace.foundation import clock
from marketplace.payment.port import ForgedNotice, MalformedNotice
from marketplace.payment.stripe_adapter import get_port

logger = logging.getLogger("fenglu.security")


@csrf_exempt  # the only exempt path: a machine calls it, and the signature stands in for the token
@require_POST
def stripe(request: HttpRequest) -> HttpResponse:
    """Take one notice. 400 for what is forged or cannot be read, 200 for what is stored or was known."""
    at = clock.now()
    try:
        notice = get_port().parse_notice(request.headers, request.body, at)
    except ForgedNotice as error:
        logger.warning("forged payment notice refused: %s", error)
        return HttpResponse("signature refused", status=400, content_type="text/plain")
    except MalformedNotice as error:
        logger.warning("malformed payment notice refused: %s", error)
        return HttpResponse("not a notice", status=400, content_type="text/plain")
    notice_receive(notice=notice, at=at)
    return HttpResponse("ok", content_type="text/plain")
