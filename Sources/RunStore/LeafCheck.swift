import RunModel

/// Invariant 5: every leaf lies in its pack and is what the manifest says. One finding a pack, however many leaves it spoils.
struct LeafCheck {
  let run: RunDirectory
  let fileSystem: any FileSystem

  func check(_ manifests: [CheckedManifest], _ report: inout CheckReport) {
    var leavesByPack: [Int: Set<LeafRecord>] = [:]
    for manifest in manifests {
      if let fault = manifest.leaves.lazy.compactMap({ impossiblePack($0, manifest.number) }).first {
        report.add(5, run.relative(run.manifest(manifest.number)), fault)
      }
      for leaf in manifest.leaves where impossiblePack(leaf, manifest.number) == nil {
        leavesByPack[leaf.pack, default: []].insert(leaf)
      }
    }
    check(leavesByPack, &report)
  }

  /// A leaf is as old as its checkpoint or older, and a version that it is a difference from is older.
  private func impossiblePack(_ leaf: LeafRecord, _ number: Int) -> String? {
    var bound = number
    for version in leaf.versions.reversed() {
      guard (1...max(1, bound)).contains(version.pack) else { return "it refers to pack \(version.pack), which cannot be older" }
      bound = version.pack - 1
    }
    return nil
  }

  private func check(_ leavesByPack: [Int: Set<LeafRecord>], _ report: inout CheckReport) {
    // By the pack at fault, which may be that of an earlier version.
    var faults: [String: [String]] = [:]
    for (_, leaves) in leavesByPack.sorted(by: { $0.key < $1.key }) {
      // One at a time is open: there may be more packs than a process may have files.
      let packs = PackFiles(run, in: fileSystem)
      for leaf in leaves.sorted(by: { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }) {
        do throws(StoreError) {
          let blocks = try LeafBlocks(leaf, in: packs)
          while try blocks.next() != nil {}
        } catch {
          faults[error.path, default: []].append(error.finding)
        }
      }
      report.leaves += leaves.count
      report.byteCount += leaves.reduce(0) { $0 + $1.byteCount }
    }
    for (path, found) in faults.sorted(by: { $0.key < $1.key }) {
      report.add(5, run.relative(path), found.count == 1 ? found[0] : "\(found.count) leaves; the first: \(found[0])")
    }
  }
}
