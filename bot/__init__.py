"""Channels, inbox and outbox, turn, handover, console, settings, command line."""
