"""Exports a trained policy: from the live algorithm to a graph and its manifest."""
