"""What can be wrong with an environment: found on the env runner's host, told by the job."""
