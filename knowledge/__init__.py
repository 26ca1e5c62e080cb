"""FAQs and catalogue: what the shop answers and sells, and finding it. Knows no bot."""
