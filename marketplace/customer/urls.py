"""Accounts, and finding an order."""

from django.urls import path

from marketplace.customer import views

app_name = "customer"
urlpatterns = [
    path("account/", views.home, name="home"),
    path("account/sign-in/", views.SignIn.as_view(), name="login"),
    path("account/sign-out/", views.SignOut.as_view(), name="logout"),
    path("account/register/", views.register, name="register"),
    path("orders/find/", views.find_order, name="find_order"),
]
