"""What any page may ask for of the open books."""
