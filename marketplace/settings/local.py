"""For the demo and for development on one machine: plain http, mails to files, a secret made for this folder."""

from marketplace.settings.base import *  # noqa: F403
from marketplace.settings.base import BASE_DIR, env

DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY", "local-only-key-never-used-in-production-0123456789")
HOUSEHOLD_KEY = env.text("HOUSEHOLD_KEY", "local-only-household-key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "*")
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = env.text("EMAIL_FILE_PATH", str(BASE_DIR / ".data" / "outbox"))
SANDBOX_LOGIN = True
env.check()
