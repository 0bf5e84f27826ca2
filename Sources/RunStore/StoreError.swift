/// What went wrong with a store or a run in it.
public struct StoreError: Error, Hashable, Sendable {
  public enum Code: Hashable, Sendable {
    case notFound
    case unreadable
    case unwritable
    case damaged
    case unknownFormat
    case inUse
  }

  public let code: Code
  public let path: String
  /// What the system said.
  public let cause: ErrorNumber?
  /// The invariant of `docs/run-format.md` that does not hold.
  public let invariant: Int?
  /// The next step, where there is one.
  public let hint: String?
  private let sentence: String
  /// Of damage: what is wrong.
  private var detail: String?
}

extension StoreError {
  public static func notFound(_ what: String, path: String, hint: String) -> StoreError {
    StoreError(code: .notFound, path: path, cause: nil, invariant: nil, hint: hint, sentence: what)
  }

  public static func unreadable(_ path: String, _ cause: ErrorNumber) -> StoreError {
    StoreError(
      code: cause == .noSuchFile ? .notFound : .unreadable, path: path, cause: cause, invariant: nil, hint: nil,
      sentence: "`\(path)` cannot be read")
  }

  public static func unwritable(_ path: String, _ cause: ErrorNumber) -> StoreError {
    StoreError(
      code: .unwritable, path: path, cause: cause, invariant: nil, hint: nil, sentence: "`\(path)` cannot be written")
  }

  public static func inUse(_ run: RunDirectory) -> StoreError {
    StoreError(
      code: .inUse, path: run.path, cause: nil, invariant: nil, hint: "wait for its end",
      sentence: "run \(run.run) is being recorded, replayed or repaired at this moment")
  }

  /// A limit that the user set leaves no room.
  public static func overLimit(_ path: String) -> StoreError {
    StoreError(
      code: .unwritable, path: path, cause: .noSpace, invariant: nil, hint: "`--max-disk` takes more",
      sentence: "`\(path)` would take more than `--max-disk` allows")
  }

  public static func damaged(_ path: String, invariant: Int, _ what: String) -> StoreError {
    StoreError(
      code: .damaged, path: path, cause: nil, invariant: invariant,
      hint: "`florpy verify` lists everything that is damaged in a run",
      sentence: "`\(path)` is damaged: \(what) (invariant \(invariant) of docs/run-format.md)", detail: what)
  }

  public static func unknownFormat(_ path: String, _ what: String) -> StoreError {
    StoreError(
      code: .unknownFormat, path: path, cause: nil, invariant: 1, hint: "a newer florpy may read this run",
      sentence: "`\(path)` \(what)")
  }

  /// What is wrong, for where the path is said beside it.
  var finding: String { detail ?? description }

  /// No room on the device, or in the user's quota of it: trying again is pointless.
  public var isOutOfSpace: Bool { cause == .noSpace || cause == .quotaExceeded }
}

extension StoreError: CustomStringConvertible {
  public var description: String { cause.map { "\(sentence): \($0)" } ?? sentence }
}
