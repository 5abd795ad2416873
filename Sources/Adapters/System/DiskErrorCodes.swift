private import Glibc
package import Ports

extension DiskError {
    /// What a caller of the disk can do about an error number of Linux.
    package init(errno code: Int32) {
        switch code {
        case ENOENT: self = .notFound
        case EEXIST: self = .exists
        case ENOSPC, EDQUOT: self = .full
        case EACCES, EPERM, EROFS: self = .notPermitted
        // ELOOP and EXDEV are how openat2(2) refuses symbolic links and ways out of the root.
        case ELOOP, EXDEV, ENOTDIR, EISDIR, ENAMETOOLONG: self = .refused
        default: self = .failed(errno: code)
        }
    }
}
