import CPython

/// A Python exception, taken out of the interpreter's error indicator.
public struct PythonError: Error, CustomStringConvertible {
  public let type: PythonObject
  public let value, traceback: PythonObject?

  /// Takes the exception that is set. Without one (a C function failed silently) it is a `RuntimeError` that says so.
  public static func fetched() -> PythonError {
    if python.pointee.PyErr_Occurred() == nil {
      python.pointee.PyErr_SetString(python.pointee.PyExc_RuntimeError, "a Python function failed without an exception")
    }
    var type: OpaquePointer?
    var value: OpaquePointer?
    var traceback: OpaquePointer?
    python.pointee.PyErr_Fetch(&type, &value, &traceback)
    python.pointee.PyErr_NormalizeException(&type, &value, &traceback)
    guard let type else { preconditionFailure("an exception without a type") }
    return PythonError(
      type: PythonObject(owned: type), value: value.map(PythonObject.init(owned:)),
      traceback: traceback.map(PythonObject.init(owned:)))
  }

  /// A new exception of a built-in type.
  public static func new(_ type: OpaquePointer, _ message: String) -> PythonError {
    python.pointee.PyErr_SetString(type, message)
    return fetched()
  }

  /// Throws where a C function returned -1.
  public static func check(_ result: Int32) throws(PythonError) {
    if result < 0 { throw fetched() }
  }

  /// Puts the exception back, for a C function that is about to return null.
  public func restore() {
    python.pointee.PyErr_Restore(type.released(), value?.released(), traceback?.released())
  }

  public var description: String {
    guard let value, let text = python.pointee.PyObject_Repr(value.pointer) else {
      python.pointee.PyErr_Clear()
      return "a Python exception"
    }
    return (try? PythonObject(owned: text).string()) ?? "a Python exception"
  }
}
