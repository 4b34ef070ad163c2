"""A model that does nothing: what is left is the way there and back."""


class Model:
    def run(self, batch):
        return [[0.0] * 8 for _ in batch]
