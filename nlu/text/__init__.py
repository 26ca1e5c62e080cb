"""What Karwan reads from a shopper's text: letters, numbers, language, entities (standard library only)."""
