import CPython
import Glibc
import Interpreter

/// What `python/flor/host.py` found the script to be.
enum MainProgram {
  /// Code to execute in `__main__`.
  case code(PythonObject)
  /// A file that does not compile: Python itself is to say why.
  case file(path: String)
  /// A module's name for `runpy`, and whether `sys.argv[0]` shall be changed.
  case module(name: String, altersArguments: Bool)

  init(_ answer: PythonObject) throws {
    let payload = try answer.item(1)
    switch try answer.item(0).string() {
    case "code": self = .code(payload)
    case "file": self = .file(path: try payload.string())
    case "package": self = .module(name: "__main__", altersArguments: false)
    default: self = .module(name: try payload.string(), altersArguments: true)
    }
  }
}

/// The module `__main__`, run as Python's own `main` runs it (`Modules/main.c`, `Python/pythonrun.c`).
struct MainModule {
  /// Minus the signal's number where the process shall die by it.
  typealias Status = Int32

  func run(_ program: MainProgram) -> Status {
    switch program {
    case .code(let code):
      return runInMain { python.pointee.PyEval_EvalCode(code.pointer, $0, $0) }
    case .file(let path):
      guard let file = fopen(path, "rb") else { return unreadable(path, errno) }
      defer { fclose(file) }
      return runInMain { python.pointee.PyRun_FileExFlags(file, path, Int32(PY_FILE_INPUT), $0, $0, 0, nil) }
    case .module(let name, let altersArguments):
      return status(of: runModule(name, altersArguments))
    }
  }

  // Called from C with no Python frame below, so that `f_back` of the module's frame is None and no traceback shows
  // ours.
  private func runInMain(_ run: (OpaquePointer) -> OpaquePointer?) -> Status {
    guard let main = python.pointee.PyImport_AddModule("__main__"), let names = python.pointee.PyModule_GetDict(main)
    else {
      return status(of: nil)
    }
    let result = run(names)
    flushStreams()
    let status = status(of: result)
    for name in ["__file__", "__cached__"] where python.pointee.PyDict_DelItemString(names, name) < 0 {
      python.pointee.PyErr_Clear()
    }
    return status
  }

  // In Python's own words, and with its status.
  private func unreadable(_ path: String, _ number: Int32) -> Status {
    let reason = "[Errno \(number)] \(String(cString: strerror(number)))"
    let text =
      "\(CommandLine.unsafeArgv[0].map { String(cString: $0) } ?? "python"): can't open file '\(path)': \(reason)\n"
    _ = text.utf8CString.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
    return 2
  }

  private func runModule(_ name: String, _ altersArguments: Bool) -> OpaquePointer? {
    do {
      let runner = try PythonObject.module("runpy").attribute("_run_module_as_main")
      return try runner.call(PythonObject(name), PythonObject(altersArguments)).released()
    } catch {
      error.restore()
      return nil
    }
  }

  // PyErr_Print ends the process by itself for a SystemExit, with its status, after finalising.
  private func status(of result: OpaquePointer?) -> Status {
    if let result {
      python.pointee.Py_DecRef(result)
      return 0
    }
    Crash.tell()
    // The type itself: Python gives no subclass of it this end.
    let wasInterrupted = python.pointee.PyErr_Occurred() == python.pointee.PyExc_KeyboardInterrupt
    python.pointee.PyErr_Print()
    return wasInterrupted ? -SIGINT : 1
  }

  // Before a traceback is printed, and in this order: `flush_io` of CPython.
  private func flushStreams() {
    var type: OpaquePointer?
    var value: OpaquePointer?
    var traceback: OpaquePointer?
    python.pointee.PyErr_Fetch(&type, &value, &traceback)
    for name in ["stderr", "stdout"] {
      guard let stream = python.pointee.PySys_GetObject(name) else { continue }
      if let flush = python.pointee.PyObject_GetAttrString(stream, "flush") {
        python.pointee.Py_DecRef(python.pointee.PyObject_CallObject(flush, nil))
        python.pointee.Py_DecRef(flush)
      }
      python.pointee.PyErr_Clear()
    }
    python.pointee.PyErr_Restore(type, value, traceback)
  }
}
