"""The process that reads files: `python -m segmentry.ingest.apart`, started by `read_apart`."""

from segmentry.ingest.apart.child import main

main()
