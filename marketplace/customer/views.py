"""Sign-in, account and finding an order as a guest."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.customer.access import order_remember
from marketplace.customer.forms import FindOrderForm, RegisterForm, SignInForm
from marketplace.customer.services import AccountExists, account_create
from marketplace.order.models import Order
from marketplace.order.numbers import order_number_read
from marketplace.order.states import OrderStatus

#: What a buyer asks for, and the states that answer it.
SHOWN = {
    "to-pay": (OrderStatus.AWAITING_PAYMENT,),
    "to-ship": (OrderStatus.PAID, OrderStatus.PREPARING),
    "to-arrive": (OrderStatus.SHIPPED,),
}


def works_at(user: Any) -> list[tuple[Any, str]]:
    """Return the workplaces of a person, by name and address: cooperative, hub, back office."""
    places: list[tuple[Any, str]] = []
    if user.cooperatives.exists():
        places.append((_("Cooperative"), "/coop/"))
    if user.hubs.exists():
        places.append((_("Warehouse and dispatch"), "/logistics/"))
    if user.is_staff:
        places += [(pgettext("workplace", "Catalogue"), "/dashboard/"), (pgettext("workplace", "Pages"), "/cms/")]
    return places


class SignIn(LoginView):
    """One sign-in for everyone; where it leads depends on who it is."""

    template_name = "customer/sign_in.html"
    form_class = SignInForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """
        Who is signed in already goes on, unless a page has sent them here because it is not for them: they get the
        form, to sign in as someone else, and not the page again, which would send them back in a ring.
        """
        if request.user.is_authenticated and not self.get_redirect_url() and request.method != "POST":
            return redirect(self.get_default_redirect_url())
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"is_sandbox": settings.SANDBOX_LOGIN}

    def get_default_redirect_url(self) -> str:
        places = works_at(self.request.user) if self.request.user.is_authenticated else []
        return places[0][1] if places else "/account/"


class SignOut(LogoutView):
    """Leaves nothing of the session behind on a shared phone."""

    next_page = "/"

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


@never_cache
def register(request: HttpRequest) -> HttpResponse:
    """Open an account and sign in."""
    form = RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = account_create(
                phone=form.cleaned_data["phone"],
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password"],
                language=get_language() or "zh-hans",
            )
        except AccountExists:
            form.add_error(None, _("An account cannot be opened with these details. Perhaps you have one: sign in."))
        else:
            login(request, user, backend="marketplace.customer.auth_backends.PhoneOrEmailBackend")
            return redirect("customer:home")
    return render(request, "customer/register.html", {"form": form})


@never_cache
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The account: its orders, newest first, all or those in one state of the buyer's kind."""
    mine = Order.objects.filter(user_id=request.user.pk or 0)
    counts = dict(mine.order_by().values_list("status").annotate(Count("pk")))
    shown = request.GET.get("show", "")
    orders = mine.filter(status__in=SHOWN[shown]) if shown in SHOWN else mine
    context = {
        "orders": orders.prefetch_related("lines__product__produce").order_by("-date_placed", "-pk")[:50],
        "shown": shown if shown in SHOWN else "",
        "num_all": sum(counts.values()),
        "num_to_pay": sum(counts.get(status, 0) for status in SHOWN["to-pay"]),
        "num_to_ship": sum(counts.get(status, 0) for status in SHOWN["to-ship"]),
        "num_to_arrive": sum(counts.get(status, 0) for status in SHOWN["to-arrive"]),
        "works_at": works_at(request.user),
    }
    return render(request, "customer/home.html", context)


@never_cache
def find_order(request: HttpRequest) -> HttpResponse:
    """Find an order by number and phone; a wrong pair says the same whether the order exists or not."""
    form = FindOrderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = order_number_read(form.cleaned_data["number"])
        order = Order.objects.filter(number=number, contact_phone=form.cleaned_data["phone"]).first()
        if order is not None:
            order_remember(request, order)
            return redirect("orders:detail", number=order.number)
        form.add_error(None, _("No order with this number and phone. Please check both."))
    return render(request, "customer/find_order.html", {"form": form})
