"""The command metainit."""

import subprocess
import sys

from . import binary


def main():
    try:
        sys.exit(subprocess.call([binary(), *sys.argv[1:]]))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
