import socket

import gym
import numpy as np
from gym import spaces
from gym.utils import seeding


class AisleEnv(gym.Env):
    metadata = {"render.modes": ["rgb_array"]}

    def __init__(self, env_config):
        self.length = env_config["length"]
        self.action_space = spaces.Discrete(2)
        self.observation_space = spaces.Box(low=np.array([0.0]), high=np.array([self.length]), dtype=np.float32)
        self.seed()
        print("an aisle of length", self.length, "is made")

    def seed(self, seed=None):
        self.np_random, seed = seeding.np_random(seed)
        return [seed]

    def reset(self):
        self.position = self.np_random.randint(0, 2)
        return [self.position]

    def step(self, action):
        assert action in (0, 1), action
        self.position = max(0, self.position + (1 if action == 1 else -1))
        done = self.position >= self.length
        reward = 1.0 if done else -0.02
        return [self.position], reward, done, {}
