"""Another server as an engine: what the engines `remote` of all kinds share. One address is contacted, no other."""
