"""Models from hubs, downloaded on first use."""
