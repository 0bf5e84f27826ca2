/// What to run, and as what.
public struct HostConfiguration: Sendable {
  public var python: PythonInstallation
  /// Which session the host keeps: "record", "plan", "replay" or "inert".
  public var mode: String
  /// JSON text for the Python side, which reads it with `_flor.settings()`.
  public var settings: String
  /// What follows the interpreter on its command line: SCRIPT ARGUMENTS…, or "-m" MODULE ARGUMENTS….
  public var arguments: [[UInt8]]

  public init(python: PythonInstallation, mode: String, settings: String, arguments: [[UInt8]]) {
    self.python = python
    self.mode = mode
    self.settings = settings
    self.arguments = arguments
  }
}
