"""Wyoming, the protocol of Home Assistant: what both services need of it.

A line of JSON, then data and sound of the lengths that it says, over TCP. The package `wyoming` knows the events; its
own reader has no limits, so the one here is used. Nothing of this is imported where WYOMING_ENABLED is false.
"""
