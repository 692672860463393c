"""Request and response bodies: one module for each content type."""
