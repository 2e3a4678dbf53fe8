"""Behind TLS on real servers. Every secret comes from the environment; a missing one stops the start."""

from marketplace.settings.base import *  # noqa: F403
from marketplace.settings.base import env

SECRET_KEY = env.text("SECRET_KEY")
env.text("DATABASE_URL")
env.text("REDIS_URL")
HOUSEHOLD_KEY = env.text("HOUSEHOLD_KEY")
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
if not ALLOWED_HOSTS:
    env.problems.append("ALLOWED_HOSTS is not set")
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
env.check()
