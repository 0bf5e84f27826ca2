import CPython
import Interpreter

/// The functions of `_flor` that belong to the process and to no session.
struct HostFunctions {
  let order: HostOrder
  let meter: OutputMeter?

  func register(into module: BuiltinModule) {
    module.add("settings") { [order] _ in try PythonObject(order.settings) }
    module.add("total_stdout") { [meter] _ in try total(meter) }
    module.add("output_facts") { [order] _ in
      .some(
        try .tuple([
          PythonObject(order.isMerged), PythonObject(order.stdoutBlockBytes), PythonObject(order.stderrBlockBytes),
        ]))
    }
    module.add("locals_to_fast") { arguments in
      // Absent from 3.13 on, where `f_locals` writes through.
      python.pointee.PyFrame_LocalsToFast?(try arguments.pointer(0), 1)
      return nil
    }
  }

  // At a terminal this waits for the supervisor, which must not keep other threads from running.
  private func total(_ meter: OutputMeter?) throws -> PythonObject {
    try PythonObject(Int(detached { meter?.total ?? -1 }))
  }
}
