"""What a buyer reaches of this room: the answer to a change of their order."""

from django.urls import path

from harvest_schedule.views import shortfall_answers

app_name = "shortfalls"
urlpatterns = [
    path("orders/changes/<str:token>/", shortfall_answers.shortfall_change, name="change"),
]
