"""PURE: which lots serve which order lines, first expired first out, by whole packs. No Django, no clock."""
