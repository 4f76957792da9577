"""The command line and whole workspaces, from the outside."""
