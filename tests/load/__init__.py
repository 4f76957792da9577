"""How a server bears a load: `make load`."""
