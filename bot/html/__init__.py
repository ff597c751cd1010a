"""Neutral texts and cards as HTML, for the sandbox and for every page of the web."""
