"""Servers that speak a platform's API over real sockets, with its limits and its failures."""
