"""Takes people out of all that a workspace keeps, and keeps out what arrives about them later."""
