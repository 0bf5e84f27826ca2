import CPython
import Glibc
import Interpreter

/// What a replay's own folder needs of the core: the guard in front of all other folders, and functions that pass for
/// built-in ones.
enum IsolationFunctions {
  // For the audit hook, which gets no argument. Set once, with the GIL held.
  nonisolated(unsafe) private static var allowed: [String] = []

  static func register(into module: BuiltinModule) {
    module.add("disguised", fast: disguise)
    module.add("guard") { arguments in
      let folders = try arguments[0]
      allowed = try (0..<folders.count()).map { try folders.item($0).string() }
      effects_observe { path, _ in IsolationFunctions.isAllowed(path) ? 0 : 1 }
      return nil
    }
    module.add("expect_open") { arguments in
      effects_expect_open(try arguments.bool(0) ? 1 : 0)
      return nil
    }
    module.add("programs") { _ in
      try .tuple([PythonObject(Int(effects_programs())), EffectText.firstProgram()])
    }
  }

  private static func isAllowed(_ path: UnsafePointer<CChar>) -> Bool {
    allowed.contains { folder in folder.withCString { strncmp(path, $0, strlen($0)) == 0 } }
  }
}
