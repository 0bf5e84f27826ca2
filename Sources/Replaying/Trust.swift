import Glibc
import RunStore

/// Whose a run is. Restoring one makes objects of what it says in the user's process, so it has to be the user's own, or trusted.
enum Trust {
  /// Throws where others could have put something into the run.
  static func check(_ run: RunDirectory) throws(ReplayError) {
    for path in [run.path, run.header, run.checkpoints, run.packs, run.sources, run.output] {
      var facts = stat()
      // What is not there has nothing in it.
      guard stat(path, &facts) == 0 else { continue }
      if facts.st_uid != geteuid() { throw .notTrusted(run, owner: name(of: facts.st_uid)) }
      if facts.st_mode & S_IWOTH != 0 { throw .notTrusted(run, owner: nil) }
    }
  }

  private static func name(of user: uid_t) -> String {
    guard let entry = getpwuid(user) else { return "user \(user)" }
    return String(cString: entry.pointee.pw_name)
  }
}
