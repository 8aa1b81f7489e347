"""The default bilingual model and the program that trains it."""
