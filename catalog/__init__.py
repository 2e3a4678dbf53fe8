"""The produce database and the product database (Oscar's catalogue, label catalogue). Read models.py first."""
