"""Rasa's custom actions: slots in, one call of a shop's use case, replies and slots out. Knows no channel."""
