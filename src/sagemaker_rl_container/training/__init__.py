"""The life of a training job on one host, from its documents to its exit code."""
