"""What a page shows, as data: frozen views and the pure functions that make them of a judgement."""
