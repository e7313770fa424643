"""Renditions 版本形式: what a foreign file is, what it says, and its PDF/A; every foreign byte is opened in a child."""
