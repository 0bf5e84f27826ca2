import CPython
import Glibc
import Interpreter
import ScriptHost

/// What Python calls when it imports `_flor.abi3.so`.
@_cdecl("PyInit__flor")
public func initialise() -> OpaquePointer? {
  do {
    try PythonRuntime.findRunning()
    let module = BuiltinModule(name: "_flor")
    PlainProcess.register(into: module)
    return module.initialised()
  } catch {
    // There is no table of Python's functions to raise an exception with; without one this is a SystemError.
    let text = Array("flor: \(error)\n".utf8)
    _ = write(STDERR_FILENO, text, text.count)
    return nil
  }
}
