"""OFD packages of the tests are made as those of the demonstration."""

from ingest.demo.ofd import make_ofd, text_object

__all__ = ["make_ofd", "text_object"]
