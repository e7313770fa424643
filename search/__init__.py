"""Search 检索: full text that leaks nothing above the reader."""
