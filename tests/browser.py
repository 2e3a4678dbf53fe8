"""
What browser tests share: a headless Chromium, a shop that is served on the factories' day, and a watchful page.

Import the fixtures into a conftest. The site is served by a thread of the test process, so that its clock can be
set; the payment sandbox is a process of its own that is told the same time.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

from deploy.browser import BrowserMissing, ensure_browser
from deploy.paths import DATA
from marketplace.foundation import clock
from marketplace.payment.sandbox.control_client import SandboxControl
from tests.factories import NOW
from tests.payment_sandbox import SECRET_KEY, WEBHOOK_SECRET, SandboxProcess

ARGUMENTS = [
    *["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    *["--disable-component-update", "--disable-sync"],
]
SCREENSHOTS = DATA / "screenshots"
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
#: As wide as the narrowest phone we draw for, and as a laptop.
PHONE, LAPTOP = 360, 1280
WAIT_MS = 15_000


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """
    One Chromium for all tests of the folder. A missing one is an error that names the command that mends it.

    Playwright's own loop runs in this thread, which Django takes for asynchronous code; it is not.
    """
    patch = pytest.MonkeyPatch()
    try:
        path = ensure_browser()
    except BrowserMissing as error:
        pytest.fail(str(error), pytrace=False)
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=ARGUMENTS)
        yield browser
        browser.close()
    patch.undo()


@dataclass(frozen=True)
class Shop:
    """Where the site and the provider are, and what time it is for both."""

    url: str
    provider_url: str
    shift: timedelta
    control: SandboxControl

    def now(self) -> datetime:
        return timezone.now() + self.shift


@pytest.fixture(scope="package")
def provider(live_server: Any, django_db_setup: None) -> Iterator[tuple[SandboxProcess, timedelta]]:
    """The payment sandbox, on the factories' day, which knows where the site listens."""
    shift = NOW - timezone.now()
    sandbox = SandboxProcess(
        os.environ["DATABASE_URL"],
        f"test_browser_{os.getpid()}",
        webhook_url=f"{live_server.url}/webhooks/stripe/",
        application="tests.later_sandbox:app",
        environment={"SANDBOX_SHIFT_S": str(shift.total_seconds())},
    )
    try:
        sandbox.start()
        yield sandbox, shift
    finally:
        sandbox.stop()


@pytest.fixture
def shop(
    live_server: Any,
    provider: tuple[SandboxProcess, timedelta],
    settings: Any,
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    """The served site with an empty provider beside it."""
    sandbox, shift = provider
    control = SandboxControl(sandbox.base_url, SECRET_KEY)
    control.reset()
    settings.SITE_URL = live_server.url
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    settings.STRIPE_API_BASE = sandbox.base_url
    shop = Shop(live_server.url, sandbox.base_url, shift, control)
    monkeypatch.setattr(clock, "now", shop.now)
    yield shop
    control.close()


@dataclass
class Visitor:
    """
    Somebody with a browser of their own. What a page should never do is written down and asked for at every look.
    """

    page: Page
    shop: Shop
    folder: Path
    steps: Iterator[int]
    wrongs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hosts = {urlsplit(self.shop.url).netloc, urlsplit(self.shop.provider_url).netloc}
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrongs.append(f"script error: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # A 409 or 422 page is an answer like any other; what failed is told by its response.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.wrongs.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc not in self._hosts:
            self.wrongs.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        # A form that is refused answers 409 or 422, also where a script sends it.
        is_part = response.request.resource_type != "document" and response.status not in (409, 422)
        if response.status >= 500 or (is_part and response.status >= 400):
            self.wrongs.append(f"{response.status} for {response.url}")

    def go(self, path: str) -> None:
        """Open a page of the shop."""
        self.page.goto(self.shop.url + path)

    def press(self, selector: str) -> None:
        """Press the first button or link of a kind that can be seen, and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.page.locator(selector).locator("visible=true").first.click()

    def look(self, name: str) -> None:
        """Take a picture; fail with what is wrong: broken, foreign, failed, or wider than the screen."""
        self.page.wait_for_load_state("load")
        self._picture(name)
        wide = self.page.evaluate("() => [document.scrollingElement.scrollWidth, document.documentElement.clientWidth]")
        if wide[0] > wide[1]:
            self.wrongs.append(f"{name} is {wide[0]} px wide on a screen of {wide[1]} px: {self._widest()}")
        assert self.wrongs == [], f"at {name} ({self.page.url})"

    def _picture(self, name: str) -> None:
        """The whole page, on a screen as high as it is, so that bars lie at its edges and not across its middle."""
        self.folder.mkdir(parents=True, exist_ok=True)
        screen = self.page.viewport_size or {"width": LAPTOP, "height": 860}
        height = int(self.page.evaluate("() => document.documentElement.scrollHeight"))
        self.page.set_viewport_size({"width": screen["width"], "height": max(screen["height"], min(height, 6000))})
        self.page.screenshot(path=self.folder / f"{next(self.steps):02}-{name}.png")
        self.page.set_viewport_size(screen)

    def _widest(self) -> str:
        return str(
            self.page.evaluate(
                """() => [...document.body.querySelectorAll('*')]
                    .filter(it => it.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                    .slice(0, 6).map(it => it.tagName + '.' + it.className)"""
            )
        )

    def text(self) -> str:
        """What the page says."""
        return re.sub(r"\s+", " ", self.page.locator("body").inner_text())

    def sign_in(self, username: str, password: str, *, then: str) -> None:
        """Sign in, to go on to a page."""
        self.go(f"/account/sign-in/?next={then}")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", password)
        self.press("form:has([name=password]) button[type=submit]")


@pytest.fixture
def visit(browser: Browser, shop: Shop, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """Let somebody visit: a new browser context in a language, on a screen of a width."""
    contexts: list[BrowserContext] = []
    steps: dict[Path, Iterator[int]] = {}

    def new(language: str = "en", width: int = LAPTOP, *, scripts: bool = True, pictures: str = "") -> Visitor:
        is_phone = width < 600
        context = browser.new_context(
            locale=LOCALES[language],
            viewport={"width": width, "height": 780 if is_phone else 860},
            has_touch=is_phone,
            is_mobile=is_phone,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        folder = SCREENSHOTS / f"{language}-{width}" / pictures
        numbers = steps.setdefault(folder, itertools.count(1))
        return Visitor(context.new_page(), shop, folder, numbers)

    yield new
    for context in contexts:
        context.close()
