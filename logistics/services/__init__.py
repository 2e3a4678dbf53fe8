"""
Everything that changes in this room, each a flow of its own.

receiving.py: a harvest becomes a lot. stock.py: what is written off, held or moved. picking.py: lines draw lots.
shipping.py: parcels. claims.py: spoilt goods. Locks are taken in the order hub, orders, lines, lots, rows below.
"""
