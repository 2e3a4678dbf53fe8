"""
What happens when a window opens or closes. Being on sale needs none of it: that is judged by the clock.

The tick writes down, once for each window, that it has opened or closed. A
tick that was missed is made up by the next one, because it looks at what is not written down yet.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from catalog.partner.models import StockRecord
from marketplace.foundation.models import StatusChange

#: Further back than this nothing is made up: who wanted to know has seen it on the page.
LOOK_BACK = timedelta(days=2)
_SUBJECT = "partner.StockRecord"


def windows_tick(*, at: datetime) -> int:
    """Record the openings and closings since the last tick; returns how many there were. Safe to repeat."""
    recorded = 0
    for field, status, previous in (("opens_at", "OPEN", "PLANNED"), ("closes_at", "CLOSED", "OPEN")):
        due = StockRecord.objects.filter(**{f"{field}__gt": at - LOOK_BACK, f"{field}__lte": at}, num_in_stock__gt=0)
        window_ids = list(due.order_by("pk").values_list("pk", flat=True))
        with transaction.atomic():
            # One tick at a time: the rows themselves are the lock, taken in key order.
            list(StockRecord.objects.select_for_update().filter(pk__in=window_ids).order_by("pk").values_list("pk"))
            known = set(
                StatusChange.objects.filter(
                    subject_type=_SUBJECT, subject_id__in=window_ids, to_status=status
                ).values_list("subject_id", flat=True)
            )
            fresh = [window_id for window_id in window_ids if window_id not in known]
            StatusChange.objects.bulk_create(
                [
                    StatusChange(subject_type=_SUBJECT, subject_id=pk, from_status=previous, to_status=status, at=at)
                    for pk in fresh
                ]
            )
            recorded += len(fresh)
    return recorded
