"""What writes to the catalogue: loading the fixture, making products, filling the search index."""
