"""Scripts of 2018 to 2021, written for AWS's own RL images: their launcher, their keys, their environments."""
