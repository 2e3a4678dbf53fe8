"""
The demo's cast and its history: fictional cooperatives in real counties, and weeks of trade made by the real
services with a clock passed in. Read cast.py, then season.py.
"""
