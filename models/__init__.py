"""The models that come with the monitor, one folder each, and the program that fits them."""
