"""The SageMaker contract on one's own machine."""
