"""What training reached: printed, kept in files, and drawn."""
