"""What a buyer reaches of this room: reporting spoilt goods."""

from django.urls import path

from logistics.views import buyer

app_name = "claims"
urlpatterns = [
    path("orders/<str:number>/lines/<int:line_id>/claim/", buyer.claim_report_view, name="report"),
]
