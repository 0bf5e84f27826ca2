import FoundationEssentials
import Glibc
import ScriptHost

/// The side of florpy that runs inside the script's process. It has no name on the command line, so that the process's arguments
/// are those of `python SCRIPT ARGUMENTS`; the supervisor leaves it an order instead.
enum HostCommand {
  /// Does not return where this process is a host.
  static func runIfAsked() {
    guard let order = HostOrder.taken() else { return }
    do {
      let settings = try JSONDecoder().decode(Settings.self, from: Data(order.settings.utf8))
      ScriptHost(order, hashSeed: settings.hashSeed).run(try session(order.mode, settings))
    } catch {
      fail("\(error)")
    }
  }

  private static func session(_ mode: String, _ settings: Settings) throws -> any ScriptSession {
    switch mode {
    case "record":
      return try RecordScriptSession(
        store: settings.store, run: settings.run, overhead: settings.overhead ?? .infinity,
        isThrifty: settings.thrifty ?? false, diskLimit: settings.diskLimit)
    case "resume":
      return try ResumeScriptSession(
        store: settings.store, run: settings.run, earlier: settings.earlier ?? "", overhead: settings.overhead ?? .infinity,
        isThrifty: settings.thrifty ?? false, diskLimit: settings.diskLimit)
    case "plan", "replay", "debug": return try ReplayScriptSession(store: settings.store, run: settings.run)
    default: return InertSession()
    }
  }

  /// What the sessions need of what the Python side is told.
  private struct Settings: Decodable {
    let store: String
    let run: String
    /// Nil where they are unlimited.
    let overhead: Double?
    let thrifty: Bool?
    let diskLimit: Int?
    /// The run that is resumed.
    let earlier: String?
    let hashSeed: UInt32?
  }

  private static func fail(_ message: String) -> Never {
    do { try Console.report("error: \(message)") } catch { exit(EX_IOERR) }
    exit(EX_DATAERR)
  }
}
