"""Addresses of this room."""

from django.urls import path

from marketplace.cooperative_portal.views import about, harvests, home, money, pick_calls, what_ifs, windows

app_name = "cooperative_portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("choose/", home.choose, name="choose"),
    path("harvests/", harvests.harvest_list, name="harvest_list"),
    path("harvests/declare/", harvests.declare, name="harvest_declare"),
    path("harvests/<int:harvest_id>/", harvests.detail, name="harvest_detail"),
    path("harvests/<int:harvest_id>/report/", harvests.report, name="harvest_report"),
    path("harvests/<int:harvest_id>/finish/", harvests.finish, name="harvest_finish"),
    path("harvests/<int:harvest_id>/withdraw/", harvests.withdraw, name="harvest_withdraw"),
    path("calls/", pick_calls.call_list, name="pick_call_list"),
    path("calls/<int:pick_call_id>/", pick_calls.detail, name="pick_call_detail"),
    path("calls/<int:pick_call_id>/accept/", pick_calls.accept, name="pick_call_accept"),
    path("calls/<int:pick_call_id>/refuse/", pick_calls.refuse, name="pick_call_refuse"),
    path("windows/", windows.window_list, name="window_list"),
    path("what-if/", what_ifs.what_if, name="what_if"),
    path("what-if/<int:what_if_id>/", what_ifs.what_if_detail, name="what_if_detail"),
    path("money/", money.money, name="money"),
    path("about/", about.about, name="about"),
]
