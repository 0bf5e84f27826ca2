import CPython
import Glibc
import Interpreter

/// What the audit hook has to say in words.
enum EffectText {
  static func last() throws -> PythonObject { try text(effects_last) }
  static func firstProgram() throws -> PythonObject { try text(effects_first_program) }

  static func firstHost() throws -> PythonObject { try text(effects_first_host) }

  private static func text(_ read: (UnsafeMutablePointer<CChar>, Int) -> Void) throws -> PythonObject {
    let text = [CChar](unsafeUninitializedCapacity: 512) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      read(start, buffer.count)
      count = strnlen(start, buffer.count)
    }
    return try PythonObject(String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }
}
