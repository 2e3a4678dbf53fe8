"""From the basket to the payment and back."""

from django.urls import path

from marketplace.checkout import views

app_name = "checkout"
urlpatterns = [
    path("", views.address, name="address"),
    path("review/", views.review, name="review"),
    path("place/", views.place, name="place"),
    path("pay/<str:number>/", views.pay, name="pay"),
    path("return/<str:number>/", views.payment_return, name="return"),
    path("give-up/<str:number>/", views.give_up, name="give_up"),
    path("districts/<str:code>/", views.districts, name="districts"),
]
