"""Speech that checks itself: what an engine gives for a sentence is judged before it leaves."""
