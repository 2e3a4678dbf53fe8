"""Oscar's order fork: states, promises and prices copied onto the line. processing.py makes every move."""
