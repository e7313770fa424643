"""Packages 提交包 of every shape behind one protocol: a folder, an archive, a bag."""
