"""What lies in every store root 格式说明: the format, its reference reader and test vectors."""
