"""
A payment provider to develop and test against: it speaks the part of Stripe's API that Fenglu uses.

It stands for the provider, not for us: a process and a database of its own, no Django, no import from the rest of the
project. ``app.py`` is the ASGI application, ``api.py`` the way of every API call, ``payments.py`` what paying does.
"""
