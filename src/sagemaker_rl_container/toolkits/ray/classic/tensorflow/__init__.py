"""The export of policies of RLlib's old API stack, which is TensorFlow's, as SavedModels."""
