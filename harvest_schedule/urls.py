"""Addresses of this room, under /dashboard/schedule/."""

from django.urls import path

from harvest_schedule.views import drafts, schedule, shortfalls, solving, what_ifs

app_name = "harvest_schedule"
urlpatterns = [
    path("", schedule.schedule_list, name="schedule_list"),
    path("shortfalls/", shortfalls.shortfall_list, name="shortfall_list"),
    path("shortfalls/<int:case_id>/", shortfalls.shortfall_detail, name="shortfall_detail"),
    path("<slug:code>/", schedule.pool_detail, name="pool_detail"),
    path("<slug:code>/plan-again/", solving.plan_again, name="plan_again"),
    path("<slug:code>/planning/", solving.plan_progress, name="plan_progress"),
    path("<slug:code>/planning/cancel/", solving.plan_cancel, name="plan_cancel"),
    path("<slug:code>/draft/", drafts.draft, name="draft"),
    path("<slug:code>/draft/publish/", drafts.publish, name="draft_publish"),
    path("<slug:code>/draft/discard/", drafts.discard, name="draft_discard"),
    path("<slug:code>/bounds/", drafts.bounds, name="bounds"),
    path("<slug:code>/plan.xlsx", schedule.workbook, name="workbook"),
    path("<slug:code>/plan.ics", schedule.calendar, name="calendar"),
    path("<slug:code>/what-if/", what_ifs.what_if, name="what_if"),
    path("<slug:code>/what-if/<int:what_if_id>/", what_ifs.what_if_detail, name="what_if_detail"),
]
