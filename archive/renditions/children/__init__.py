"""Child programs 受限子程序: each is run with ``python -m`` under limits, and is imported by nothing else."""
