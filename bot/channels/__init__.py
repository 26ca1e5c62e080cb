"""One adapter a channel: it reads what the platform sends, and the platform's limits."""
