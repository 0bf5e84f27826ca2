import CPython

/// A reference to a Python object, held for as long as this lives.
///
/// `@unchecked Sendable`: it may cross threads, but whoever uses or drops it holds the GIL.
public final class PythonObject: @unchecked Sendable {
  public let pointer: OpaquePointer

  /// Takes over a reference that the caller owns.
  public init(owned pointer: OpaquePointer) { self.pointer = pointer }

  /// Takes a reference of its own.
  public init(borrowed pointer: OpaquePointer) {
    python.pointee.Py_IncRef(pointer)
    self.pointer = pointer
  }

  deinit { python.pointee.Py_DecRef(pointer) }

  /// A reference for the C side, which takes it over.
  public func released() -> OpaquePointer {
    python.pointee.Py_IncRef(pointer)
    return pointer
  }
}

extension PythonObject {
  /// What a C function returned: a new reference, or null with an exception set.
  public static func ownedOrThrow(_ pointer: OpaquePointer?) throws(PythonError) -> PythonObject {
    guard let pointer else { throw PythonError.fetched() }
    return PythonObject(owned: pointer)
  }

  /// What a C function returned: a reference that someone else owns, or null with an exception set.
  public static func borrowedOrThrow(_ pointer: OpaquePointer?) throws(PythonError) -> PythonObject {
    guard let pointer else { throw PythonError.fetched() }
    return PythonObject(borrowed: pointer)
  }

  public static var none: PythonObject { PythonObject(borrowed: python.pointee._Py_NoneStruct) }

  public var isNone: Bool { pointer == python.pointee._Py_NoneStruct }

  public static func module(_ name: String) throws(PythonError) -> PythonObject {
    try ownedOrThrow(python.pointee.PyImport_ImportModule(name))
  }

  /// Executes a program of ours in a namespace of its own, in which `name` is `value`.
  public static func execute(_ program: String, where name: String, is value: PythonObject) throws(PythonError) {
    let code = try ownedOrThrow(python.pointee.Py_CompileString(program, "<florpy>", Int32(PY_FILE_INPUT)))
    let names = try ownedOrThrow(python.pointee.PyDict_New())
    try PythonError.check(python.pointee.PyDict_SetItemString(names.pointer, name, value.pointer))
    _ = try ownedOrThrow(python.pointee.PyEval_EvalCode(code.pointer, names.pointer, names.pointer))
  }

  public func attribute(_ name: String) throws(PythonError) -> PythonObject {
    try .ownedOrThrow(python.pointee.PyObject_GetAttrString(pointer, name))
  }

  public func setAttribute(_ name: String, _ value: PythonObject) throws(PythonError) {
    try PythonError.check(python.pointee.PyObject_SetAttrString(pointer, name, value.pointer))
  }

  /// The item at an index of a sequence.
  public func item(_ index: Int) throws(PythonError) -> PythonObject {
    try .ownedOrThrow(python.pointee.PySequence_GetItem(pointer, index))
  }

  public func count() throws(PythonError) -> Int {
    let count = python.pointee.PySequence_Size(pointer)
    guard count >= 0 else { throw PythonError.fetched() }
    return count
  }

  @discardableResult
  public func call(_ arguments: PythonObject...) throws(PythonError) -> PythonObject {
    let tuple = try PythonObject.tuple(arguments)
    return try .ownedOrThrow(python.pointee.PyObject_CallObject(pointer, tuple.pointer))
  }

  public func isInstance(of type: PythonObject) throws(PythonError) -> Bool {
    let answer = python.pointee.PyObject_IsInstance(pointer, type.pointer)
    guard answer >= 0 else { throw PythonError.fetched() }
    return answer == 1
  }
}
