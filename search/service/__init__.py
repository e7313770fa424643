"""Service 服务 of search: the deeds find, index, rebuild."""
