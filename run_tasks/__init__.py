"""The parts of ``run.py``: standard library only, since they run before anything is installed."""
