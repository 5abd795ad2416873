private import Glibc

/// True when there is something at the path.
func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
