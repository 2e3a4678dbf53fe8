"""Lots, stock movements, picking, shipments, claims, and their screens. The pure cores are allocation/ and routing/."""
