"""`python -m sagemaker_rl_container` is `sagemaker-rl`."""

from sagemaker_rl_container.cli import main

if __name__ == "__main__":
    main()
