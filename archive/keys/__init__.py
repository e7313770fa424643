"""Keys and ciphertext 密钥与密文: encrypted streams, the key tree, the key store and its roots."""
