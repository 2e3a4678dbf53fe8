"""Where other machines call."""

from django.urls import path

from marketplace.webhooks import views

app_name = "webhooks"
urlpatterns = [path("stripe/", views.stripe, name="stripe")]
