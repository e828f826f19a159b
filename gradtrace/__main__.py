"""Makes `python -m gradtrace` the same as the console script."""

import sys

from gradtrace.cli import main

if __name__ == "__main__":
    sys.exit(main())
