"""The images: the one table of them, and building them."""
