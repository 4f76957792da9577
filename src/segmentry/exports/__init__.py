"""Members out of the workspace: chosen columns to a file, whole or not at all."""
