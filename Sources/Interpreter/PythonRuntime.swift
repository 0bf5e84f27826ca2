public import CPython
import Glibc

/// CPython's functions. Meaningful once a `PythonRuntime` exists.
public var python: UnsafePointer<CPythonSymbols> {
  @inline(__always) get { cpython_symbols() }
}

/// The one interpreter of this process, from a shared library chosen at run time.
public struct PythonRuntime {
  private let library: Library

  // A handle of dlopen; it is never closed, since Python cannot be unloaded.
  private struct Library: @unchecked Sendable { let handle: UnsafeMutableRawPointer }

  /// Opens libpython with its symbols visible to extension modules, which do not link to it. The library of another `version` than
  /// the interpreter's ("3.11.7") would look for its modules where they are not.
  public init(library path: String, version: String) throws(RuntimeError) {
    guard let handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL) else {
      throw RuntimeError(library: path, reason: dlerror().map { String(cString: $0) } ?? "dlopen failed")
    }
    var missing: UnsafePointer<CChar>?
    guard cpython_load(handle, &missing) == 0 else {
      throw RuntimeError(library: path, reason: "it has no `\(missing.map { String(cString: $0) } ?? "?")`")
    }
    let found = python.pointee.Py_GetVersion().map { String(cString: $0) } ?? ""
    guard found.hasPrefix(version), found.dropFirst(version.count).first?.isNumber != true else {
      let short = found.prefix { !$0.isWhitespace }
      throw RuntimeError(library: path, reason: "it is of Python \(short), and the interpreter is of \(version)")
    }
    self.library = Library(handle: handle)
  }

  /// For a module that a running Python loads: the functions of that Python.
  public static func findRunning() throws(RuntimeError) {
    let handle = dlopen(nil, RTLD_NOW)
    var missing: UnsafePointer<CChar>?
    guard let handle, cpython_load(handle, &missing) == 0 else {
      throw RuntimeError(library: "this python", reason: "it has no `\(missing.map { String(cString: $0) } ?? "?")`")
    }
    cpython_load_exceptions(handle)
  }

  /// Starts Python as `python ARGUMENTS` would, up to where it would run the script. Prints and exits as Python does
  /// where that fails. The calling thread holds the GIL from here on.
  public func start(arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, count: Int) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.configurationBytes, alignment: 16)
    memset(memory, 0, Self.configurationBytes)
    let configuration = OpaquePointer(memory)
    python.pointee.PyConfig_InitPythonConfig(configuration)
    exitOnFailure(python.pointee.PyConfig_SetBytesArgv(configuration, count, arguments))
    exitOnFailure(python.pointee.Py_InitializeFromConfig(configuration))
    cpython_load_exceptions(library.handle)
  }

  // PyConfig differs in size and layout from version to version (about 450 bytes). Python fills and reads it; we only
  // hold it.
  private static let configurationBytes = 16 << 10

  private func exitOnFailure(_ status: PyStatus) {
    if status.type != 0 { python.pointee.Py_ExitStatusException(status) }
  }

  /// Ends Python: joins threads, runs atexit functions, flushes. False where a stream could not be flushed.
  public func finalise() -> Bool { python.pointee.Py_FinalizeEx() == 0 }
}

/// Why a libpython cannot be used.
public struct RuntimeError: Error, CustomStringConvertible {
  public let library, reason: String
  public var description: String { "cannot load `\(library)`: \(reason)" }
}

/// Runs `body` without the GIL, for work that touches no Python object.
public func detached<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
  let thread = python.pointee.PyEval_SaveThread()
  defer { python.pointee.PyEval_RestoreThread(thread) }
  return try body()
}

/// Runs `body` with the GIL, from whatever thread.
public func attached<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
  let state = python.pointee.PyGILState_Ensure()
  defer { python.pointee.PyGILState_Release(state) }
  return try body()
}
