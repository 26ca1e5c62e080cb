"""The staff's pages: signing in, the inbox, the team. They call the functions the JSON API calls."""
