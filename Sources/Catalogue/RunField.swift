/// What every run has a value of, by the name that conditions and orders use.
enum RunField: String, CaseIterable {
  case run, script, module, cwd, started, ended, status, exit, seconds, checkpoints, bytes, replays
  case python, commit, dirty, host, user
  case lostSeconds = "lost_seconds"

  func value(of run: RunSummary) -> RunValue? {
    switch self {
    case .run: RunValue(run.run)
    case .script: run.script.map { RunValue($0) }
    case .module: run.module.map { RunValue($0) }
    case .cwd: run.cwd.map { RunValue($0) }
    case .started: run.started.map { RunValue($0) }
    case .ended: run.ended.map { RunValue($0) }
    case .status: RunValue(run.status.rawValue)
    case .exit: run.exit.map { RunValue(Double($0)) }
    case .seconds: run.seconds.map { RunValue($0) }
    case .lostSeconds: run.lostSeconds.map { RunValue($0) }
    case .checkpoints: run.checkpoints.map { RunValue(Double($0)) }
    case .bytes: run.bytes.map { RunValue(Double($0)) }
    case .replays: run.replays.map { RunValue(Double($0)) }
    case .python: run.python.map { RunValue($0) }
    case .commit: run.commit.map { RunValue($0) }
    case .dirty: run.dirty.map { RunValue($0 ? "true" : "false") }
    case .host: run.host.map { RunValue($0) }
    case .user: run.user.map { RunValue($0) }
    }
  }
}
