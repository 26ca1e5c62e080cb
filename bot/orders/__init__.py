"""Orders as they come in: the seller's own programs, files, and the couriers' news. Rules are shop's."""
