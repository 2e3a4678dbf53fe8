"""Cooperatives, the pools they supply and who sells for them, hubs, certificates, member households (sensitive)."""
