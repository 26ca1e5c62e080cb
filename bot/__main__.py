"""`python -m bot` is `karwan`."""

from bot.cli import main

main()
