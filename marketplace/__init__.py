"""The site: settings, the shop's Oscar forks, money, portals and content. Read settings/base.py first."""
