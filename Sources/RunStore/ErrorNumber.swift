import Glibc

/// What a system call left in `errno`.
public struct ErrorNumber: Error, Hashable, Sendable {
  public let code: Int32

  public init(code: Int32) { self.code = code }

  public static var current: ErrorNumber { ErrorNumber(code: errno) }

  public static let noSuchFile = ErrorNumber(code: ENOENT)
  public static let fileExists = ErrorNumber(code: EEXIST)
  public static let noSpace = ErrorNumber(code: ENOSPC)
  public static let quotaExceeded = ErrorNumber(code: EDQUOT)
  public static let inputOutput = ErrorNumber(code: EIO)
  public static let interrupted = ErrorNumber(code: EINTR)
  public static let isADirectory = ErrorNumber(code: EISDIR)
  public static let notADirectory = ErrorNumber(code: ENOTDIR)
}

extension ErrorNumber: CustomStringConvertible {
  public var description: String { String(cString: strerror(code)) }
}
