"""Imports what a server imports while it starts, and those who start it."""
# ruff: noqa: F401

import httpx

import segmentry.api.app
import segmentry.api.listening
import segmentry.cli.commands
import segmentry.cli.serve
import segmentry.serving.served
