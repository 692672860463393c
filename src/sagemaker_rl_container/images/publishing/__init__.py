"""Publishing images to a registry: a plan first, then tags that never move, then those that do."""
