"""The bundled plugins: one file each, through the same hooks a third party uses."""
