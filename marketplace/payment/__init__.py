"""
Paying: the port to a payment provider, its Stripe adapter, and Oscar's payment fork.

Read ``port.py`` first. Only ``stripe_adapter.py`` imports ``stripe``; ``sandbox/`` stands for the provider and
imports no Django.
"""
