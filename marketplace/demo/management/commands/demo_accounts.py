"""Print who can sign in to the demo, where, and five things to try."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from marketplace.demo.cast import PASSWORD

CARD = """
  {url}/

  Everyone signs in at {url}/account/sign-in/ with the password  {password}
    buyer      a shopper (买家)                     {url}/account/
    coop       bookkeeper of Chengli (橙里合作社)    {url}/coop/
    hub        Zigui gathering station (秭归集货站)  {url}/logistics/
    officer    county officer (县里)                {url}/dashboard/schedule/
    admin      back office (后台)                   {url}/dashboard/  {url}/cms/

  Five things to try
    1  Search 秭归, zigui or orange, choose a window, pay in the sandbox (WeChat Pay, or card 4242 4242 4242 4242).
    2  As coop, answer a pick call at {url}/coop/ and report what was picked, on a phone-sized window.
    3  As hub, receive the fruit, draw, pack and hand over the parcel at {url}/logistics/.
    4  See the calendar of the year at {url}/calendar/ and where the money went at {url}/ledger/.
    5  Prove the books with  make manage C=check_books  and read the mails at {url}/outbox/.
"""


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(CARD.format(url=settings.SITE_URL, password=PASSWORD))
