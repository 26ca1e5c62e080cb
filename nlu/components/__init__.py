"""Thin Rasa components over `nlu.text`, in the order of config.yml."""
