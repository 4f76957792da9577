"""Backups of a workspace: one file each, made while others write, and restored whole or not."""
