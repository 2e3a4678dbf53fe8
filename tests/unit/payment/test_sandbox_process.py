"""What the sandbox process is made of."""

import os
import subprocess
import sys

import pytest

from marketplace.payment.sandbox.config import config_from
from marketplace.payment.sandbox.deliveries import signature
from marketplace.payment.sandbox.hosted_texts import language_of

ENVIRONMENT = {
    "SANDBOX_DATABASE_URL": "postgresql://127.0.0.1:1/none",
    "SANDBOX_SECRET_KEY": "sk_test",
    "SANDBOX_WEBHOOK_SECRET": "whsec_test",
    "SANDBOX_BASE_URL": "http://127.0.0.1:1/",
}


def test_the_sandbox_imports_nothing_of_the_shop() -> None:
    code = (
        "import sys, marketplace.payment.sandbox.app\n"
        "ours = {name for name in sys.modules if name.startswith(('marketplace', 'catalog', 'logistics'))}\n"
        "strange = {name for name in ours if not name.startswith('marketplace.payment.sandbox')}\n"
        "print(sorted(strange), [n for n in ('django', 'celery', 'stripe', 'requests') if n in sys.modules])"
    )

    printed = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, check=True
    ).stdout

    assert printed.strip() == "['marketplace', 'marketplace.payment'] []"


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(RuntimeError) as refused:
        config_from({"SANDBOX_BASE_URL": "http://127.0.0.1:1", "SANDBOX_SECRET_KEY": " "})

    for name in ("SANDBOX_DATABASE_URL", "SANDBOX_SECRET_KEY", "SANDBOX_WEBHOOK_SECRET"):
        assert name in str(refused.value)
    assert "SANDBOX_BASE_URL" not in str(refused.value)


def test_the_base_address_ends_without_a_slash() -> None:
    assert config_from(ENVIRONMENT).base_url == "http://127.0.0.1:1"


def test_a_signature_is_the_documented_one() -> None:
    # Computed with: printf '1795572000.{}' | openssl dgst -sha256 -hmac whsec_test
    assert (
        signature(b"{}", "whsec_test", 1795572000)
        == "t=1795572000,v1=c7cda0eb29434535c71948bc1ae0632d6f1e649f2fe3af132f92b2416b2da576"
    )


@pytest.mark.parametrize(
    ("chosen", "session", "accepted", "language"),
    [
        ("en", "zh", "zh", "en"),
        ("zh", "en", "en", "zh"),
        ("", "en", "zh-CN", "en"),
        ("", "zh-TW", "en", "zh"),
        ("", "auto", "en-GB,zh;q=0.5", "en"),
        ("", None, "zh-CN,en;q=0.5", "zh"),
        ("", None, "fr", "en"),
        ("", None, "", "zh"),
        ("xx", None, "", "zh"),
    ],
)
def test_the_language_is_the_buyers_choice_then_the_sessions_then_the_browsers(
    chosen: str, session: str | None, accepted: str, language: str
) -> None:
    assert language_of(chosen, session, accepted) == language
