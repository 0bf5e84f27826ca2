import ArgumentParser
import Catalogue
import RunModel
import RunStore

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show what is known of a run: what was run, its loops, its checkpoints.",
    discussion: "Exits with 66 where there is no such run, with 65 where it is damaged.")

  @Argument(help: ArgumentHelp("A unique beginning of the run's name, or `latest`.", valueName: "RUN"))
  var reference = "latest"

  @OptionGroup var storeOption: StoreOption

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() throws {
    try Console.reportingFailures {
      let store = try storeOption.open()
      let portrait = try RunPortrait(of: try store.run(reference), in: store)
      if json { return try Console.print(json: portrait) }
      try Console.print(portrait.text)
    }
  }
}

/// What `florpy show` says of a run.
private struct RunPortrait: Encodable {
  struct Loop: Encodable {
    var path: String
    var line: Int
    var function: String
    var statement: String?
    var executions: Int
    var seconds: Double
    var checkpoints: Int
    var bytes: Int
    var skippable: Bool
    var reason: String?
  }

  var header: RunHeader
  var status: RunFiles.Status
  var end: RunEnd?
  var crash: CrashPortrait?
  var checkpoints: Int
  var bytes: Int
  var loops: [Loop]

  init(of run: RunDirectory, in store: RunStore) throws(StoreError) {
    let files = RunFiles(store: store, run: run)
    header = try files.header()
    end = try files.end()
    crash = try CrashPortrait(of: files)
    status = try files.status(end: end)
    bytes = try files.byteCount()
    var own: [LoopSite: (checkpoints: Int, bytes: Int)] = [:]
    var lastPosition: CheckpointPosition?
    let numbers = try store.checkpoints(of: run)
    checkpoints = numbers.count
    for number in numbers {
      let manifest = try store.manifest(number, of: run)
      let position = try files.position(of: manifest, number: number)
      own[position.site, default: (0, 0)].checkpoints += 1
      own[position.site, default: (0, 0)].bytes += manifest.ownByteCount(number: number)
      lastPosition = position
    }
    let statistics = end?.statistics ?? lastPosition?.statistics ?? []
    loops = Self.loops(try files.sites(), statistics, own)
  }

  private static func loops(
    _ sites: [SiteRecord], _ statistics: [SiteStatistics], _ own: [LoopSite: (checkpoints: Int, bytes: Int)]
  ) -> [Loop] {
    let bySite = Dictionary(statistics.map { ($0.site, $0) }) { _, later in later }
    return sites.filter { $0.isOfInterest(bySite[$0.site]) }.map { record in
      let known = bySite[record.site]
      return Loop(
        path: record.path, line: record.line, function: record.function, statement: record.statement,
        executions: known?.executions ?? 0, seconds: known?.seconds ?? 0, checkpoints: own[record.site]?.checkpoints ?? 0,
        bytes: own[record.site]?.bytes ?? 0, skippable: record.refusal == nil && known?.skippable ?? true,
        reason: record.refusal ?? known?.reason)
    }
  }

  var text: String { ([facts, loopTable] + (crash.map { [$0.text] } ?? [])).joined(separator: "\n\n") }

  private var facts: String {
    let facts = (what + how).filter { !$0.value.isEmpty }
    let width = facts.map(\.name.count).max() ?? 0
    let lines: [String] = facts.map { fact in
      let gap = String(repeating: " ", count: width - fact.name.count)
      return "\(fact.name)\(gap)  \(fact.value)"
    }
    return lines.joined(separator: "\n")
  }

  /// Those that the numbers of a training come from; all others only where they are few.
  private var packages: String {
    let names = header.packages.keys.sorted()
    let shown = names.count <= 6 ? names : names.filter { ["numpy", "torch"].contains($0) }
    let versions = shown.map { "\($0) \(header.packages[$0] ?? "")" }
    let others = names.count - shown.count
    return (versions + (others == 0 ? [] : ["\(others) more (--json tells them)"])).joined(separator: ", ")
  }

  private typealias Fact = (name: String, value: String)

  private var what: [Fact] {
    let script: String = header.module.map { "-m \($0)" } ?? header.script
    let commit: String = header.git?.commit ?? ""
    let changes: String = header.git?.dirty == true ? " with changes" : ""
    return [
      ("run", header.run.text),
      ("script", script),
      ("arguments", header.argv.dropFirst().joined(separator: " ")),
      ("folder", header.cwd),
      ("started", header.started),
      ("resumes", header.resumed.map { "run \($0.run), from checkpoint \($0.checkpoint)" } ?? ""),
      ("python", "\(header.python.version) (\(header.python.executable))"),
      ("packages", packages),
      ("commit", commit.isEmpty ? "" : commit + changes),
    ]
  }

  private var how: [Fact] {
    let problems: [Fact] = (end?.problems ?? []).map { ("problem", $0) }
    let outcome: String = end.map { ", exit \($0.exit), \(Console.seconds($0.seconds)) s" } ?? ""
    let facts: [Fact] = [
      ("status", status.rawValue + outcome),
      ("crash", crash?.summary ?? ""),
      ("checkpoints", String(checkpoints)),
      ("size", Console.bytes(bytes)),
      ("overhead", overhead),
    ]
    return facts + problems
  }

  private var overhead: String {
    let allowed =
      "allowed " + (header.overhead.map { "\(Console.decimal($0 * 100, 1)) %" } ?? "without limit")
      + (header.thrifty == true ? ", thrifty" : "")
    guard let end, end.seconds > 0 else { return allowed }
    let measured = Console.decimal(end.lostSeconds / end.seconds * 100, 1)
    let slowed = end.slowedSeconds.map { ", \(Console.seconds($0)) s of it while checkpoints were written" } ?? ""
    return "\(measured) % (\(Console.seconds(end.lostSeconds)) s\(slowed)), \(allowed)"
  }

  private var loopTable: String {
    if loops.isEmpty { return "No loop was met." }
    let rows = loops.map { loop in
      [
        "\(loop.path):\(loop.line)", loop.statement == nil ? "\(loop.function)()" : loop.function, "\(loop.executions)",
        Console.seconds(loop.seconds), "\(loop.checkpoints)", Console.bytes(loop.bytes),
        loop.skippable ? "yes" : "no: \(loop.reason ?? "not told")",
      ]
    }
    return Console.table(
      ["LOOP", "FUNCTION", "EXECUTIONS", "SECONDS", "CHECKPOINTS", "SIZE", "SKIPPABLE"], rows, right: [2, 3, 4, 5])
  }
}
