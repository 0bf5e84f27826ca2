import CPython

/// The arguments of a call from Python; valid during the call only.
public struct PythonArguments {
  let base: UnsafePointer<OpaquePointer?>?
  public let count: Int

  /// Borrowed, for C functions.
  public func pointer(_ index: Int) throws(PythonError) -> OpaquePointer {
    guard index < count, let pointer = base?[index] else {
      throw .new(python.pointee.PyExc_TypeError, "argument \(index + 1) is missing: \(count) given")
    }
    return pointer
  }

  public subscript(_ index: Int) -> PythonObject {
    get throws(PythonError) { PythonObject(borrowed: try pointer(index)) }
  }

  public func string(_ index: Int) throws(PythonError) -> String { try pythonString(try pointer(index)) }
  public func int(_ index: Int) throws(PythonError) -> Int { try pythonInt(try pointer(index)) }
  public func double(_ index: Int) throws(PythonError) -> Double { try pythonDouble(try pointer(index)) }
  public func bool(_ index: Int) throws(PythonError) -> Bool { try pythonBool(try pointer(index)) }
  public func isNone(_ index: Int) throws(PythonError) -> Bool { try pointer(index) == python.pointee._Py_NoneStruct }

  /// The memory of a contiguous buffer (bytes, memoryview, array …), pinned while `body` runs.
  public func withBytes<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try PythonBuffer(try pointer(index), writable: false).withBytes { try body(UnsafeRawBufferPointer($0)) }
  }

  /// The same for writing into it.
  public func withMutableBytes<Result>(_ index: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result) throws
    -> Result
  {
    try PythonBuffer(try pointer(index), writable: true).withBytes(body)
  }
}

/// A view of an object's memory, which stays where it is until this is dropped (with the GIL held).
public final class PythonBuffer {
  private var view = Py_buffer()

  public init(_ pointer: OpaquePointer, writable: Bool) throws(PythonError) {
    let flags = Int32(writable ? PY_BUFFER_WRITABLE : PY_BUFFER_SIMPLE)
    try PythonError.check(python.pointee.PyObject_GetBuffer(pointer, &view, flags))
  }

  public var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: view.buf, count: view.len) }

  public func withBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(bytes) }
  }

  deinit { python.pointee.PyBuffer_Release(&view) }
}
