"""Serves exported policies over HTTP."""
