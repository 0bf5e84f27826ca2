public import Interpreter

/// What goes with one run of a script: the functions that the Python side may call, and what is done when the process
/// ends.
public protocol ScriptSession: AnyObject {
  /// Adds functions to `_flor`, before Python starts.
  func register(into module: BuiltinModule)

  /// Called once, as the last thing of the process, when Python has been finalised; never in a forked child.
  /// `status` is the exit status; minus the signal's number where the process is about to die by one.
  func finish(status: Int32)
}

/// Keeps nothing.
public final class InertSession: ScriptSession {
  public init() {}
  public func register(into module: BuiltinModule) {}
  public func finish(status: Int32) {}
}
