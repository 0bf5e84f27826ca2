import ArgumentParser
import RunModel
import RunStore

struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Remove from a store what nobody needs: leavings of crashes, runs that never began, removals that were cut short.",
    discussion: """
      Runs that are being recorded, replayed or repaired are left alone. No checkpoint goes; for that there are `florpy rm` and \
      `florpy record --max-disk`.

      Examples:
        florpy gc --dry-run
        florpy gc --replays        what earlier replays have written as well
      """)

  @OptionGroup var storeOption: StoreOption

  @Flag(help: "Remove what replays have written as well: their reports, their logs and the script's files.")
  var replays = false

  @Flag(name: .long, help: "Only say what would be removed.")
  var dryRun = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() throws {
    try Console.reportingFailures {
      let store = try storeOption.open()
      var collection = GarbageCollection(store, takesReplays: replays, isTrial: dryRun)
      try collection.run()
      let found = Found(collection)
      if json { return try Console.print(json: found) }
      try Console.print(found.text(dryRun: dryRun))
    }
  }

  private struct Found: Encodable {
    var removed: [String]
    var bytes: Int
    var runsInUse: [String]

    enum CodingKeys: String, CodingKey {
      case removed, bytes
      case runsInUse = "runs_in_use"
    }

    init(_ collection: GarbageCollection) {
      (removed, bytes) = (collection.removed, collection.byteCount)
      runsInUse = collection.runsInUse.map(\.text)
    }

    func text(dryRun: Bool) -> String {
      let what = dryRun ? "would remove" : "removed"
      let lines = removed.map { "\(what) \($0)" } + runsInUse.map { "left alone, it is in use: \($0)" }
      return (lines + [dryRun ? "nothing was removed" : "\(Console.bytes(bytes)) freed"]).joined(separator: "\n")
    }
  }
}
