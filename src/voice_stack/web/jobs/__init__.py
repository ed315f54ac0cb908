"""Jobs over HTTP: routes, forms, preferences, metrics."""
