"""Recognition engines behind one contract; none is imported before it is built."""
