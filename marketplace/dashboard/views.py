"""The first page of the back office, and its door, which is the site's."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.generic import TemplateView

from catalog.models import Category, Product, ProductClass
from catalog.partner.models import Partner


class IndexView(TemplateView):
    """What there is to look after, by number, and where the rest of the work is done."""

    template_name = "oscar/dashboard/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        products = Product.objects.aggregate(all=Count("pk"), hidden=Count("pk", filter=Q(is_public=False)))
        return super().get_context_data(**kwargs) | {
            "num_products": products["all"],
            "num_hidden": products["hidden"],
            "num_types": ProductClass.objects.count(),
            "num_categories": Category.objects.count(),
            "num_sellers": Partner.objects.count(),
        }


def sign_in(request: HttpRequest) -> HttpResponse:
    """There is one sign-in; who asks for the back office's is sent there, and back afterwards."""
    following = request.GET.get(REDIRECT_FIELD_NAME) or reverse("dashboard:index")
    return redirect(f"{reverse('customer:login')}?{urlencode({REDIRECT_FIELD_NAME: following})}")


def sign_out(request: HttpRequest) -> HttpResponse:
    """There is one sign-out, and it wants a form; the account page has it."""
    return redirect("customer:home")
