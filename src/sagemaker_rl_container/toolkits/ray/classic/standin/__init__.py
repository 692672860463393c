"""What `import gym` finds in a classic job where gym is not installed."""
