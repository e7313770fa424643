"""Web doors 网页 of the archive: the frame that every page stands in, and the pages of the holdings."""
