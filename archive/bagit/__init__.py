"""BagIt 1.0 packages 打包格式 (RFC 8493): writing the tag files of our bags and judging bags of others."""
