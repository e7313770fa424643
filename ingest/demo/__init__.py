"""Demonstration 演示: invented cases and the whole story from take-in to release, on a trial installation."""
