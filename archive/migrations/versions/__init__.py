"""Versions 升级版本."""
