"""The services, assembled: the only place where packages meet."""
