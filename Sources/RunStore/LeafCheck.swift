import RunModel

/// Invariant 5: every leaf lies in its pack and is what the manifest says. One finding a pack, however many leaves it spoils.
struct LeafCheck {
  let run: RunDirectory
  let fileSystem: any FileSystem

  func check(_ manifests: [CheckedManifest], _ report: inout CheckReport) {
    var leavesByPack: [Int: Set<LeafRecord>] = [:]
    for manifest in manifests {
      if let leaf = manifest.leaves.first(where: { $0.pack > manifest.number || $0.pack < 1 }) {
        report.add(5, run.relative(run.manifest(manifest.number)), "it refers to pack \(leaf.pack), which cannot be older")
      }
      for leaf in manifest.leaves where (1...manifest.number).contains(leaf.pack) {
        leavesByPack[leaf.pack, default: []].insert(leaf)
      }
    }
    for (pack, leaves) in leavesByPack.sorted(by: { $0.key < $1.key }) {
      check(pack, leaves.sorted { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }, &report)
    }
  }

  private func check(_ pack: Int, _ leaves: [LeafRecord], _ report: inout CheckReport) {
    let path = run.pack(pack)
    do throws(ErrorNumber) {
      let spoilt = try fileSystem.withDescriptor(of: path, for: .reading) { descriptor throws(ErrorNumber) in
        var spoilt: [String] = []
        for leaf in leaves {
          if let fault = try fault(of: leaf, in: descriptor) { spoilt.append(fault) }
        }
        return spoilt
      }
      report.leaves += leaves.count
      report.byteCount += leaves.reduce(0) { $0 + $1.byteCount }
      if let first = spoilt.first {
        report.add(5, run.relative(path), spoilt.count == 1 ? first : "\(spoilt.count) leaves; the first: \(first)")
      }
    } catch {
      report.add(5, run.relative(path), "\(leaves.count) leaves cannot be read: \(error)")
    }
  }

  private func fault(of leaf: LeafRecord, in descriptor: Int32) throws(ErrorNumber) -> String? {
    let place = "the leaf of \(leaf.byteCount) bytes at \(leaf.offset)"
    let (hash, byteCount) = try fileSystem.hash(of: descriptor, at: leaf.offset, byteCount: leaf.byteCount)
    if byteCount < leaf.byteCount { return "\(place) is cut off after \(byteCount)" }
    return hash == leaf.hash ? nil : "\(place) has the hash \(hash) instead of \(leaf.hash)"
  }
}
