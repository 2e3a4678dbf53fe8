"""How a form is answered: a page for people, a few words of JSON for the script that resends what was kept."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from marketplace.cooperative_portal.access import wants_json


def answer_received(request: HttpRequest, *, url: str, message: str) -> HttpResponse:
    """Say that it is done. A resent entry is told where it is listed, so no message waits for the next page."""
    if "X-Resent" not in request.headers:
        messages.success(request, message)
    if wants_json(request):
        return JsonResponse({"status": "received", "message": message, "url": url})
    return redirect(url)


def answer_refused(request: HttpRequest, form: forms.Form) -> JsonResponse | None:
    """Return the form's errors for the script, or None: then the view shows its page again."""
    if not wants_json(request):
        return None
    words = [str(error) for errors in form.errors.values() for error in errors]
    return JsonResponse({"status": "check", "message": " ".join(words)}, status=422)


def refuse(message: str) -> JsonResponse:
    """Tell the script that a person must look at it."""
    return JsonResponse({"status": "check", "message": message}, status=409)
