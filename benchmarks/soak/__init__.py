"""Both services under mixed load for a while, with clients that vanish: nothing may be left behind."""
