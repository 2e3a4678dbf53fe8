"""Sign-in, account and finding an order as a guest."""

from __future__ import annotations

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from marketplace.customer.access import order_remember
from marketplace.customer.forms import FindOrderForm, RegisterForm, SignInForm
from marketplace.customer.services import AccountExists, account_create
from marketplace.order.models import Order
from marketplace.order.numbers import order_number_read


class SignIn(LoginView):
    """One sign-in for everyone; where it leads depends on who it is."""

    template_name = "customer/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        user = self.request.user
        if user.is_authenticated:
            if user.cooperatives.exists():  # type: ignore[union-attr]
                return "/coop/"
            if user.hubs.exists():  # type: ignore[union-attr]
                return "/logistics/"
            if user.is_staff:
                return "/dashboard/"
        return "/account/"


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
    """The account: its orders, newest first."""
    orders = Order.objects.filter(user=request.user).prefetch_related("lines").order_by("-date_placed", "-pk")[:50]
    return render(request, "customer/home.html", {"orders": orders})


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
