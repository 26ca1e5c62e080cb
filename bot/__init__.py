"""Channels, inbox and outbox, the turn, the command line: everything that talks to the outside."""
