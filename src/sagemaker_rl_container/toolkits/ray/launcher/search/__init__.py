"""A search: several trials by Tune, of which the best is exported."""
