import RunModel

/// Invariant 19: `crash.json` is whole, and knows the run's last checkpoint.
struct CrashCheck {
  let run: RunDirectory
  let store: RunStore
  let decoder: any RecordDecoding

  func check(_ manifests: [CheckedManifest], _ report: inout CheckReport) {
    let path = run.relative(run.crash)
    do throws(StoreError) {
      let bytes = try store.fileSystem.contents(of: run.crash)
      if let fault = try fault(in: bytes, manifests.map(\.number)) { report.add(19, path, fault) }
    } catch {
      // A script that did not crash has none.
      if error.code != .notFound { report.add(19, path, "it cannot be read: \(error)") }
    }
  }

  private func fault(in bytes: [UInt8], _ present: [Int]) throws(StoreError) -> String? {
    guard SealedJSON.isIntact(bytes) else { return "its bytes are not those that its last field is the hash of" }
    let crash: Crash
    do { crash = try decoder.decode(Crash.self, from: bytes) } catch { return "it is no record of a crash: \(error)" }
    guard let checkpoint = crash.checkpoint else { return present.isEmpty ? nil : "it knows no checkpoint, and there are some" }
    // Also of manifests that cannot be read, which was reported already.
    let known = try store.repairedCheckpoints(of: run).union(store.checkpoints(of: run))
    guard known.contains(checkpoint) else { return "it knows checkpoint \(checkpoint), which is not there" }
    return present.allSatisfy { $0 <= checkpoint } ? nil : "it knows checkpoint \(checkpoint), and there are later ones"
  }
}
