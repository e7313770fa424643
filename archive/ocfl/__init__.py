"""OCFL 1.1 storage 对象存储格式: roots, objects, versions; knows nothing of cases, keys or databases."""
