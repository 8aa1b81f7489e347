"""The dashboard: a Streamlit script over the desk, one page per file."""
