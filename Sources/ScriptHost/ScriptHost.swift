import CProcess
import CPython
import Glibc
import Interpreter

/// The process that a script runs in.
public struct ScriptHost {
  private let order: HostOrder
  private let meter: OutputMeter?
  private let hashSeed: HashSeed?

  /// `hashSeed`: what the hashes of texts are salted with; nil: whatever Python chooses.
  public init(_ order: HostOrder, hashSeed: UInt32?) {
    self.order = order
    self.hashSeed = hashSeed.map { HashSeed($0) }
    meter = OutputMeter(order)
  }

  /// Runs the script that this process's arguments name, as `python ARGUMENTS` would, and ends the process.
  public func run(_ session: any ScriptSession) -> Never {
    guard process_die_with(order.supervisor) else { _exit(128 + SIGKILL) }
    nameProcess()
    Ending.begin(session)
    let runtime = loadedRuntime()
    let module = BuiltinModule(name: "_flor")
    HostFunctions(order: order, meter: meter).register(into: module)
    ProcessLog.register(into: module)
    session.register(into: module)
    module.publish()
    let interruption = order.isPlanner ? Interruption.heldBack() : nil
    hashSeed?.set()
    runtime.start(arguments: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
    interruption?.takeEffect()
    var status = runMain()
    // 120 is what Python itself ends with where buffered output was lost.
    if !runtime.finalise(), status >= 0 { status = 120 }
    Ending.end(status)
  }

  private func loadedRuntime() -> PythonRuntime {
    do {
      return try PythonRuntime(library: order.libpython, version: order.pythonVersion)
    } catch {
      meter?.show()
      complain("error: \(error)\n\nhint: choose another interpreter with --python\n")
      exit(EX_UNAVAILABLE)
    }
  }

  private func runMain() -> Int32 {
    guard let program = startedProgram() else { return 1 }
    return MainModule().run(program)
  }

  // Nil after an exception, which has been printed.
  private func startedProgram() -> MainProgram? {
    let lowDescriptors = LowDescriptors()
    defer { lowDescriptors.release() }
    do {
      try hashSeed?.putBack()
      try importFlor()
      return try MainProgram(PythonObject.module("flor.host").attribute("start").call())
    } catch {
      // Where output is hidden at first, this is to be seen all the same.
      meter?.show()
      (error as? PythonError)?.restore()
      python.pointee.PyErr_Print()
      return nil
    }
  }

  // sys.path stays as the script would find it: the package `flor` is loaded from its folder by name.
  private func importFlor() throws {
    let folder = order.pythonFolder
    let text = try PythonObject.ownedOrThrow(
      python.pointee.PyUnicode_DecodeFSDefaultAndSize(folder, folder.map { strlen($0) } ?? 0))
    try PythonObject.execute(Self.loadFlor, where: "folder", is: text)
  }

  private static let loadFlor = """
    import _frozen_importlib as bootstrap, _frozen_importlib_external as external, sys
    spec = external.spec_from_file_location(
        "flor", folder + "/flor/__init__.py", submodule_search_locations=[folder + "/flor"])
    module = sys.modules["flor"] = bootstrap.module_from_spec(spec)
    spec.loader.exec_module(module)
    """

  // The kernel named the process for the file it executed, /proc/self/exe; `python train.py` is named for the
  // interpreter.
  private func nameProcess() {
    guard let executable = CommandLine.unsafeArgv[0] else { return }
    process_set_name(
      strrchr(executable, Int32(UInt8(ascii: "/"))).map { UnsafePointer($0 + 1) } ?? UnsafePointer(executable))
  }

  private func complain(_ text: String) {
    _ = text.utf8CString.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
  }
}
