public import RunModel

/// Moves what is damaged in a run aside, into `damaged/`, so that the rest is sound. Nothing is deleted.
///
/// The caller holds the run's lock.
public struct RunRepair {
  public private(set) var moved: [String] = []
  /// Written anew, from where the same bytes still are.
  public private(set) var restored: [String] = []

  private let run: RunDirectory
  private let store: RunStore
  private let decoder: any RecordDecoding
  private var fileSystem: any FileSystem { store.fileSystem }

  public init(_ run: RunDirectory, in store: RunStore, decoder: any RecordDecoding) {
    self.run = run
    self.store = store
    self.decoder = decoder
  }

  /// `report` is what the checker found.
  public mutating func repair(_ report: CheckReport) throws(StoreError) {
    // What is in a format that nobody told us about is not ours to move.
    if report.isSound || report.findings.contains(where: { $0.invariant == 1 }) { return }
    try withdrawCheckpoints(report)
    try moveSources(report)
    let (end, crash) = (run.relative(run.end), run.relative(run.crash))
    if report.end == nil, report.findings.contains(where: { $0.path == end }) { try moveAside(run.end) }
    if report.findings.contains(where: { $0.path == crash }) { try moveAside(run.crash) }
  }

  // MARK: Checkpoints

  private mutating func withdrawCheckpoints(_ report: CheckReport) throws(StoreError) {
    let numbers = try store.checkpoints(of: run)
    let damaged = numbers.filter { isDamaged($0, report) }
    try note(damaged + missing(besides: numbers, report))
    for number in damaged { try moveAside(run.manifest(number)) }
    let packs = (try? fileSystem.names(in: run.packs)) ?? []
    let needed = try neededPacks()
    for number in packs.compactMap(RunDirectory.checkpoint(named:)).sorted() where !needed.contains(number) {
      try moveAside(run.pack(number))
    }
  }

  private func isDamaged(_ number: Int, _ report: CheckReport) -> Bool {
    let path = run.relative(run.manifest(number))
    // That its `ops` does not fit is the output's damage more often than its own, and a replay goes around it.
    if report.findings.contains(where: { $0.path == path && $0.invariant != 9 }) { return true }
    let spoiled = Set(report.findings.filter { $0.invariant == 5 }.map(\.path))
    do throws(StoreError) {
      let packs = PackFiles(run, in: fileSystem)
      for leaf in try store.manifest(number, of: run).leaves
      where leaf.versions.contains(where: { spoiled.contains(run.relative(run.pack($0.pack))) }) {
        let blocks = try LeafBlocks(leaf, in: packs)
        while try blocks.next() != nil {}
      }
      return false
    } catch {
      return true
    }
  }

  /// Those that are gone, as far as later ones or the run's end tell.
  private func missing(besides numbers: [Int], _ report: CheckReport) throws(StoreError) -> [Int] {
    let lost = report.findings.filter { $0.invariant == 6 }.compactMap { finding in
      finding.path.split(separator: "/").last.flatMap { RunDirectory.checkpoint(named: String($0)) }
    }
    let known = numbers.count + lost.count + (try store.repairedCheckpoints(of: run)).count
    // Of the last ones nothing tells but how many there were.
    let atEnd = max(0, (report.end?.checkpoints ?? 0) - known)
    return lost + (0..<atEnd).map { (numbers.last ?? 0) + 1 + $0 }
  }

  private func note(_ numbers: [Int]) throws(StoreError) {
    if numbers.isEmpty { return }
    let all = try store.repairedCheckpoints(of: run).union(numbers).sorted()
    try fileSystem.writeDurably(Array(all.map { "\($0)\n" }.joined().utf8), to: run.repaired)
  }

  private func neededPacks() throws(StoreError) -> Set<Int> {
    var needed: Set<Int> = []
    for number in try store.checkpoints(of: run) {
      needed.formUnion(try store.manifest(number, of: run).leaves.flatMap { $0.versions.map(\.pack) })
    }
    return needed
  }

  // MARK: Sources

  /// A source may still be in the project as it was.
  private mutating func moveSources(_ report: CheckReport) throws(StoreError) {
    let prefix = run.relative(run.sources) + "/"
    for finding in report.findings where finding.path.hasPrefix(prefix) {
      guard let hash = ContentHash(hex: finding.path.dropFirst(prefix.count)) else { continue }
      if (try? fileSystem.status(of: run.source(hash))) != nil { try moveAside(run.source(hash)) }
      guard let source = presentSource(hash) else { continue }
      try fileSystem.writeDurably(source, to: run.source(hash))
      restored.append(finding.path)
    }
  }

  private func presentSource(_ hash: ContentHash) -> [UInt8]? {
    guard let header = try? decoder.decode(RunHeader.self, from: fileSystem.contents(of: run.header)),
      let index = try? fileSystem.contents(of: run.sourceIndex)
    else { return nil }
    let records = JSONLines.split(index).compactMap { try? decoder.decode(SourceRecord.self, from: $0) }
    let present = records.filter { $0.hash == hash }.lazy.compactMap { try? fileSystem.contents(of: "\(header.root)/\($0.path)") }
    return present.first { ContentHash(of: $0) == hash }
  }

  // MARK: Moving

  private mutating func moveAside(_ path: String) throws(StoreError) {
    let relative = run.relative(path)
    let target = "\(run.damaged)/\(relative)"
    do throws(ErrorNumber) {
      try fileSystem.makeDirectoryIfMissing(run.damaged)
      let folder = relative.split(separator: "/").dropLast().joined(separator: "/")
      if !folder.isEmpty { try fileSystem.makeDirectoryIfMissing("\(run.damaged)/\(folder)") }
      try fileSystem.rename(path, to: target)
      try fileSystem.synchronize(directory: String(target.dropLast(target.split(separator: "/").last?.count ?? 0)))
      try fileSystem.synchronize(directory: String(path.dropLast(path.split(separator: "/").last?.count ?? 0)))
    } catch {
      throw .unwritable(path, error)
    }
    moved.append(relative)
  }
}
