import CPython
import Interpreter
import RunModel
import RunStore

/// Functions of `_flor` on plain memory, for recording and replaying alike.
enum MemoryFunctions {
  static func register(into module: BuiltinModule) {
    module.add("hash_memory") { arguments in
      let memory = try memory(try arguments.int(0), try arguments.int(1))
      let hash = detached { ContentHash(of: memory) }
      return try PythonObject(hash.hex)
    }
    module.add("prefix_hashes") { arguments in
      let lengths = try arguments[1]
      let wanted = try (0..<lengths.count()).map { try lengths.item($0).int() }
      return try arguments.withBytes(0) { bytes in
        try .list(PrefixHashes.of(bytes, lengths: wanted).map { try $0.map { try PythonObject($0.hex) } ?? .none })
      }
    }
    module.add("same_items", fast: items_same)
    module.add("shortcut", fast: shortcut)
    module.add("link", fast: link_code)
    module.add("inline_attributes", fast: inline_attributes_read)
    module.add("assign_inline_attributes", fast: inline_attributes_assign)
    module.add("know_inline_attributes", fast: inline_attributes_know)
    module.add("begin_walk", fast: walk_begin)
    module.add("count_references", fast: count_references)
    module.add("read_memory") { arguments in
      try PythonObject(bytes: try memory(try arguments.int(0), try arguments.int(1)))
    }
  }

  /// A view of memory that the caller keeps alive.
  static func memory(_ address: Int, _ byteCount: Int) throws -> UnsafeRawBufferPointer {
    guard byteCount > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    guard let start = UnsafeRawPointer(bitPattern: address) else { throw MemoryError(byteCount: byteCount) }
    return UnsafeRawBufferPointer(start: start, count: byteCount)
  }
}

/// An address of zero where bytes were expected.
struct MemoryError: Error, CustomStringConvertible {
  let byteCount: Int
  var description: String { "no address for \(byteCount) bytes" }
}
