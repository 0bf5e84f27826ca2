import CPython

extension PythonObject {
  public convenience init(_ value: String) throws(PythonError) {
    var value = value
    let object = value.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) {
        python.pointee.PyUnicode_FromStringAndSize($0.baseAddress ?? emptyText, $0.count)
      }
    }
    try self.init(checked: object)
  }

  public convenience init(_ value: Int) throws(PythonError) {
    try self.init(checked: python.pointee.PyLong_FromLongLong(Int64(value)))
  }

  public convenience init(_ value: Double) throws(PythonError) {
    try self.init(checked: python.pointee.PyFloat_FromDouble(value))
  }

  public convenience init(_ value: Bool) throws(PythonError) {
    try self.init(checked: python.pointee.PyBool_FromLong(value ? 1 : 0))
  }

  /// A `bytes` with a copy.
  public convenience init(bytes: UnsafeRawBufferPointer) throws(PythonError) {
    let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) ?? emptyText
    try self.init(checked: python.pointee.PyBytes_FromStringAndSize(start, bytes.count))
  }

  private convenience init(checked pointer: OpaquePointer?) throws(PythonError) {
    guard let pointer else { throw PythonError.fetched() }
    self.init(owned: pointer)
  }

  public static func tuple(_ items: [PythonObject]) throws(PythonError) -> PythonObject {
    let tuple = try ownedOrThrow(python.pointee.PyTuple_New(items.count))
    for (index, item) in items.enumerated() {
      // PyTuple_SetItem takes the reference over, also where it fails.
      try PythonError.check(python.pointee.PyTuple_SetItem(tuple.pointer, index, item.released()))
    }
    return tuple
  }

  public static func list(_ items: [PythonObject]) throws(PythonError) -> PythonObject {
    let list = try ownedOrThrow(python.pointee.PyList_New(0))
    for item in items { try PythonError.check(python.pointee.PyList_Append(list.pointer, item.pointer)) }
    return list
  }

  public func string() throws(PythonError) -> String { try pythonString(pointer) }
  public func int() throws(PythonError) -> Int { try pythonInt(pointer) }
  public func double() throws(PythonError) -> Double { try pythonDouble(pointer) }
  public func bool() throws(PythonError) -> Bool { try pythonBool(pointer) }
}

// Conversions of borrowed references, for arguments, which need no reference of ours.

func pythonString(_ pointer: OpaquePointer?) throws(PythonError) -> String {
  var count = 0
  guard let text = python.pointee.PyUnicode_AsUTF8AndSize(pointer, &count) else { throw PythonError.fetched() }
  return text.withMemoryRebound(to: UInt8.self, capacity: count) {
    String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
  }
}

func pythonInt(_ pointer: OpaquePointer?) throws(PythonError) -> Int {
  let value = python.pointee.PyLong_AsLongLong(pointer)
  if value == -1, python.pointee.PyErr_Occurred() != nil { throw PythonError.fetched() }
  return Int(value)
}

func pythonDouble(_ pointer: OpaquePointer?) throws(PythonError) -> Double {
  let value = python.pointee.PyFloat_AsDouble(pointer)
  if value == -1, python.pointee.PyErr_Occurred() != nil { throw PythonError.fetched() }
  return value
}

func pythonBool(_ pointer: OpaquePointer?) throws(PythonError) -> Bool {
  let value = python.pointee.PyObject_IsTrue(pointer)
  if value < 0 { throw PythonError.fetched() }
  return value == 1
}

// A null address would make Python allocate uninitialised text instead of empty text. Never freed and never written to.
nonisolated(unsafe) private let emptyText = UnsafePointer(foreverText(""))

/// A C string that lives for ever: CPython keeps the addresses of names.
func foreverText(_ text: String) -> UnsafeMutablePointer<CChar> {
  let utf8 = text.utf8CString
  let copy = UnsafeMutablePointer<CChar>.allocate(capacity: utf8.count)
  for (place, unit) in utf8.enumerated() { (copy + place).initialize(to: unit) }
  return copy
}
