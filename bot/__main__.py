"""`python -m bot` is `newsbot`."""

from bot.cli import main

if __name__ == "__main__":
    main()
