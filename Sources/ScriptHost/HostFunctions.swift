import CPython
import Glibc
import Interpreter

/// The functions of `_flor` that belong to the process and to no session.
struct HostFunctions {
  let order: HostOrder
  let meter: OutputMeter?

  func register(into module: BuiltinModule) {
    module.add("settings") { [order] _ in try PythonObject(order.settings) }
    module.add("total_stdout") { [meter] _ in try total(meter) }
    module.add("show_output") { [meter] _ in
      detached { meter?.show() }
      return nil
    }
    registerStreams(into: module)
    module.add("leave") { arguments in
      // Without Python's own ending, and without anybody's exit functions; what C code has printed goes out all the
      // same.
      fflush(nil)
      _ = ProcessLog.close()
      _exit(Int32(try arguments.int(0)))
    }
    module.add("locals_to_fast") { arguments in
      // Absent from 3.13 on, where `f_locals` writes through.
      python.pointee.PyFrame_LocalsToFast?(try arguments.pointer(0), 1)
      return nil
    }
  }

  private func registerStreams(into module: BuiltinModule) {
    // The file sizes that Python would have seen, and would have chosen its buffers by.
    let blockBytes = [order.stdoutBlockBytes, order.stderrBlockBytes]
    module.add("stream_block_bytes") { try PythonObject(blockBytes[$0.int(0)]) }
    module.add("replace_stream_methods") { arguments in
      let (subclass, plain) = (try arguments.pointer(1), try arguments.pointer(2))
      try PythonError.check(stream_replace_methods(Int32(try arguments.int(0)), subclass, plain))
      return nil
    }
    module.add("observe_stream") { arguments in
      let layers = (try arguments.pointer(1), try arguments.pointer(2), try arguments.pointer(3))
      stream_observe(Int32(try arguments.int(0)), layers.0, layers.1, layers.2)
      return nil
    }
    module.add("when_output_is_full") { arguments in
      stream_when_full(try arguments.pointer(0))
      return nil
    }
    module.add("take_output") { _ in try PythonObject.ownedOrThrow(stream_take_records()) }
    module.add("output_length") { _ in try PythonObject(Int(stream_record_bytes())) }
    module.add("stdout_length") { _ in try PythonObject(Int(stream_stdout_bytes())) }
    // Where both streams are one, the supervisor counts both, and so must this.
    let counted = order.isMerged ? [STREAM_STDOUT, STREAM_STDERR] : [STREAM_STDOUT]
    module.add("written_stdout") { _ in
      try PythonObject(counted.reduce(0) { $0 + Int(stream_written_bytes(Int32($1))) })
    }
  }

  // At a terminal this waits for the supervisor, which must not keep other threads from running.
  private func total(_ meter: OutputMeter?) throws -> PythonObject {
    try PythonObject(Int(detached { meter?.total ?? -1 }))
  }
}
