import CPython
import Interpreter

/// An exception that has come out of the script and is about to be printed.
enum Crash {
  /// Tells the Python side of it. The exception stays set, and is printed and ends the process as if nobody had looked.
  static func tell() {
    guard python.pointee.PyErr_Occurred() != nil else { return }
    let error = PythonError.fetched()
    if let value = error.value {
      // The traceback is part of the exception only once it is printed.
      if let traceback = error.traceback,
        python.pointee.PyObject_SetAttrString(value.pointer, "__traceback__", traceback.pointer) < 0
      {
        python.pointee.PyErr_Clear()
      }
      // What goes wrong there is ours, and no matter of the script's.
      _ = try? PythonObject.module("flor.host").attribute("crashed").call(value)
    }
    error.restore()
  }
}
