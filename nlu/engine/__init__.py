"""Rasa as a function: a turn goes in with its state, replies and the new state come out."""
