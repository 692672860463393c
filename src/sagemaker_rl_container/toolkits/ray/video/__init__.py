"""A video of the best evaluation episode."""
