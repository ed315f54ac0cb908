"""The ground of every package: settings, logging, the error tree, gates, memory, devices."""
