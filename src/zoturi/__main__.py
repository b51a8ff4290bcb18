"""``python -m zoturi`` is ``zoturi``."""

import sys

from zoturi.cli import main

if __name__ == "__main__":
    sys.exit(main())
