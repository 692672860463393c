"""Building an image: a plan first, then docker, with progress that a person can follow."""
