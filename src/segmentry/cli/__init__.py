"""The command line. Parses arguments, asks the workspace, prints the answer.

Commands import what they need when they run, so that help is shown at once.
"""

from segmentry.cli.app import main

__all__ = ["main"]
