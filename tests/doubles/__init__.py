"""Stand-ins for packages that cannot be installed with this project. Each says so in its first line."""
