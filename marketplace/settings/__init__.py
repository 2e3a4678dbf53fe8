"""Settings: env.py reads the environment once; base, then local, test or production; one file per concern."""
