"""The Streamlit dashboard: one page per file."""
