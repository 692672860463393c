"""The hosts of a job: who is head, which address, how they meet, and the processes that run on each."""
