"""What the engine and the whole service do in a second on this machine: `make bench`, `make bench ARGS=service`."""
