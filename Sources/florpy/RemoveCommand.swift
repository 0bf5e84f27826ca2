import ArgumentParser
import RunModel
import RunStore

struct RemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm",
    abstract: "Remove runs from a store.",
    discussion: """
      All or none of the runs that are named; a run that is being recorded, replayed or repaired is refused. What a crash leaves of a \
      removal, `florpy gc` takes.

      Examples:
        florpy rm 20260102-030405
        florpy rm latest --store /data/florpy

      Exit status: 66 where there is no such run, 75 where one is in use.
      """)

  @Argument(help: ArgumentHelp("A unique beginning of a run's name, or `latest`.", valueName: "RUN"))
  var references: [String]

  @OptionGroup var storeOption: StoreOption

  func run() throws {
    try Console.reportingFailures {
      let store = try storeOption.open()
      var seen: Set<RunID> = []
      let runs = try references.map { try store.run($0) }.filter { seen.insert($0.run).inserted }
      var locks: [RunLock] = []
      defer { for lock in locks { lock.release() } }
      for run in runs {
        guard let lock = try RunLock(trying: run.lock, shared: false) else { throw StoreError.inUse(run) }
        locks.append(lock)
      }
      for run in runs {
        try store.remove(run)
        try Console.print("removed \(run.run)")
      }
    }
  }
}
