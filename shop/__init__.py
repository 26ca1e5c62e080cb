"""Orders, shipments, returns, refunds, identity, and the rules of law and shop. Knows no bot."""
