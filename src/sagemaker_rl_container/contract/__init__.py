"""SageMaker's side of the container: its paths, documents, SM_* environment and outcome files."""
