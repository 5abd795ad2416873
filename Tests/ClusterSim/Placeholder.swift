// Room kept for what is being built; remove with the first real file.
