public import CPython

/// A module that Python finds among its built-in ones, with functions written in Swift.
///
/// One in a process: CPython calls the module's initialiser without saying for which module.
public final class BuiltinModule {
  /// A function of the module. `nil` becomes `None`; an error that is no `PythonError` becomes a `RuntimeError`.
  public typealias Function = (PythonArguments) throws -> PythonObject?

  private struct Entry {
    let name: String
    let function: Function
  }

  private struct RawEntry {
    let name: String
    let flags: Int
    let function: UnsafeRawPointer
  }

  private let name: String
  private var entries: [Entry] = []
  private var rawEntries: [RawEntry] = []
  private var methods: [UnsafeMutablePointer<PyMethodDef>] = []

  // Set once before Python starts and read with the GIL held.
  nonisolated(unsafe) private static var published: BuiltinModule?

  public init(name: String) { self.name = name }

  /// Adds a function that takes positional arguments.
  public func add(_ name: String, _ function: @escaping Function) {
    entries.append(Entry(name: name, function: function))
  }

  /// Adds a function that is called without any conversion: references and errors are its own business.
  public func add(_ name: String, fast function: @escaping PyFastFunction) {
    let address = unsafeBitCast(function, to: UnsafeRawPointer.self)
    rawEntries.append(RawEntry(name: name, flags: PY_FAST_CALL, function: address))
  }

  /// Adds C functions: a table that lives for ever and ends with an entry without a name.
  public func add(methods: UnsafeMutablePointer<PyMethodDef>) {
    var method = methods
    while method.pointee.name != nil {
      self.methods.append(method)
      method += 1
    }
  }

  /// Makes Python know the module. To be called before it starts.
  public func publish() {
    keep()
    let status = python.pointee.PyImport_AppendInittab(foreverText(name)) { BuiltinModule.published?.made() }
    precondition(status == 0, "no memory for the table of built-in modules")
  }

  /// The module itself, for the initialiser of an extension module. Null with an exception set.
  public func initialised() -> OpaquePointer? {
    keep()
    return made()
  }

  private func keep() {
    precondition(BuiltinModule.published == nil, "a built-in module was published already")
    BuiltinModule.published = self
  }

  private func made() -> OpaquePointer? {
    let definition = UnsafeMutablePointer<PyModuleDef>.allocate(capacity: 1)
    definition.initialize(to: PyModuleDef())
    definition.pointee.base.reference_count = 1
    definition.pointee.name = UnsafePointer(foreverText(name))
    definition.pointee.size = -1
    guard let module = python.pointee.PyModule_Create2(definition, Self.stableInterface) else { return nil }
    do {
      try fill(PythonObject(borrowed: module))
      return module
    } catch {
      python.pointee.Py_DecRef(module)
      error.restore()
      return nil
    }
  }

  // PYTHON_ABI_VERSION: the number that stands for the stable interface.
  private static let stableInterface: Int32 = 3

  private func fill(_ module: PythonObject) throws(PythonError) {
    let moduleName = try PythonObject(name)
    for (index, entry) in entries.enumerated() {
      let call = unsafeBitCast(callEntry, to: UnsafeRawPointer.self)
      let method = Self.method(entry.name, PY_FAST_CALL, call)
      let object = python.pointee.PyCFunction_NewEx(method, try PythonObject(index).pointer, moduleName.pointer)
      try module.setAttribute(entry.name, .ownedOrThrow(object))
    }
    for entry in rawEntries {
      let method = Self.method(entry.name, entry.flags, entry.function)
      let object = python.pointee.PyCFunction_NewEx(method, nil, moduleName.pointer)
      try module.setAttribute(entry.name, .ownedOrThrow(object))
    }
    for method in methods {
      guard let name = method.pointee.name else { continue }
      let object = python.pointee.PyCFunction_NewEx(method, nil, moduleName.pointer)
      try module.setAttribute(String(cString: name), .ownedOrThrow(object))
    }
  }

  private static func method(_ name: String, _ flags: Int, _ function: UnsafeRawPointer) -> UnsafeMutablePointer<
    PyMethodDef
  > {
    let method = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 1)
    method.initialize(
      to: PyMethodDef(
        name: UnsafePointer(foreverText(name)), function: function, flags: Int32(flags), documentation: nil))
    return method
  }

  fileprivate static func call(_ index: Int, _ arguments: PythonArguments) -> OpaquePointer? {
    guard let published else { preconditionFailure("a function of a module that was not published was called") }
    do {
      guard let result = try published.entries[index].function(arguments) else { return PythonObject.none.released() }
      return result.released()
    } catch let error as PythonError {
      error.restore()
    } catch {
      python.pointee.PyErr_SetString(python.pointee.PyExc_RuntimeError, "\(error)")
    }
    return nil
  }
}

// Every function's `self` is its place in the module's list.
private let callEntry: PyFastFunction = { place, arguments, count in
  BuiltinModule.call(Int(python.pointee.PyLong_AsLongLong(place)), PythonArguments(base: arguments, count: count))
}
