"""Ways of asking a policy over HTTP: one module for each convention."""
