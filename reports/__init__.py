"""A judged recording as HTML, JUnit XML, JSON and Markdown."""
