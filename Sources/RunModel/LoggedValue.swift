/// What one call of `flor.log` kept of one name.
public enum LoggedValue: Hashable, Sendable {
  case none
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  /// Decimal digits with a sign, of an integer beyond 64 bits.
  case largeInteger(String)
  /// The name of an object's type, and its `repr`.
  case other(type: String, text: String)
  case blob(LoggedBlob)
}

/// Bytes of an array or a long text that lie in a file of their own.
public struct LoggedBlob: Hashable, Sendable {
  public enum Kind: UInt8, Hashable, Sendable {
    case array, image, histogram, text
  }

  public var hash: ContentHash
  public var byteCount: Int
  public var kind: Kind
  /// `float32` and so on; empty of a text.
  public var itemType: String
  public var dimensions: [Int]

  public init(hash: ContentHash, byteCount: Int, kind: Kind, itemType: String, dimensions: [Int]) {
    self.hash = hash
    self.byteCount = byteCount
    self.kind = kind
    self.itemType = itemType
    self.dimensions = dimensions
  }

  /// Of one item; nil of a type that only its library knows.
  public var itemByteCount: Int? {
    switch itemType {
    case "bool", "int8", "uint8", "": 1
    case "int16", "uint16", "float16", "bfloat16": 2
    case "int32", "uint32", "float32": 4
    case "int64", "uint64", "float64", "complex64": 8
    case "complex128": 16
    default: nil
    }
  }
}

/// An iteration of a loop as a log file defines it: the innermost part of a position.
public struct LoggedIteration: Hashable, Sendable {
  /// The number of the position around it, in the same file; 0 where there is none.
  public var outer: Int
  public var loop: String
  /// From 0; nil where it is not known.
  public var iteration: Int?
  /// What was iterated over, where that is a plain value.
  public var item: LoggedValue

  public init(outer: Int, loop: String, iteration: Int?, item: LoggedValue) {
    self.outer = outer
    self.loop = loop
    self.iteration = iteration
    self.item = item
  }
}

/// A value in a log file; names and positions are numbers there (`LogDecoder.names`, `positions`).
public struct LogEntry: Hashable, Sendable {
  public var name: Int
  /// 0 outside of all loops.
  public var position: Int
  /// Since 1970, UTC.
  public var nanoseconds: Int64
  public var step: Int64?
  public var isArgument: Bool
  public var value: LoggedValue

  public init(name: Int, position: Int, nanoseconds: Int64, step: Int64?, isArgument: Bool, value: LoggedValue) {
    self.name = name
    self.position = position
    self.nanoseconds = nanoseconds
    self.step = step
    self.isArgument = isArgument
    self.value = value
  }
}

/// The process that a log file is of.
public struct LogProcess: Hashable, Sendable {
  public var pid: Int
  public var parent: Int
  /// When the file was opened: nanoseconds since 1970.
  public var nanoseconds: Int64
  /// Whether it replayed: then the values are hindsight.
  public var isReplay: Bool

  public init(pid: Int, parent: Int, nanoseconds: Int64, isReplay: Bool) {
    self.pid = pid
    self.parent = parent
    self.nanoseconds = nanoseconds
    self.isReplay = isReplay
  }
}
