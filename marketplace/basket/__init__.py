"""Oscar's basket fork: a line names a listing window."""
