"""Fair turns on an engine, two lanes, a bounded queue. All of it is pure but for `scheduler`."""
