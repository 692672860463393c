"""Every key of RLlib 0.5 to 1.6, and what becomes of it today: tables, which docs/classic.md shows."""
