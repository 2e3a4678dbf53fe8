"""For the tests: PostgreSQL from the environment, cheap password hashing, mails kept in memory."""

from marketplace.settings.base import *  # noqa: F403
from marketplace.settings.base import env

SECRET_KEY = "test-only-key"  # noqa: S105
HOUSEHOLD_KEY = "test-only-household-key"
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY", "sk_test_tests")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET", "whsec_tests")
#: Nobody listens there: a test that has no sandbox never asks the real provider.
STRIPE_API_BASE = env.text("STRIPE_API_BASE", "http://127.0.0.1:9")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_TASK_ALWAYS_EAGER = False
SANDBOX_LOGIN = True
env.check()
