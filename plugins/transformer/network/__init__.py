"""The network: layers, the folder they are stored in, and the device they are computed on."""
