import RunModel
import StateGraph

/// Invariant 14: the first leaf of a checkpoint is a graph, and the leaves that are named are there.
struct GraphCheck {
  let run: RunDirectory
  let store: RunStore

  func check(_ manifests: [CheckedManifest], _ report: inout CheckReport) {
    for manifest in manifests {
      // What cannot be read, or is not what the manifest says, was found by `LeafCheck`.
      guard let leaf = manifest.leaves.first, let bytes = try? store.bytes(of: leaf, in: run) else { continue }
      if let fault = fault(in: bytes, of: manifest) { report.add(14, run.relative(run.manifest(manifest.number)), fault) }
    }
  }

  private func fault(in bytes: [UInt8], of manifest: CheckedManifest) -> String? {
    let count = manifest.leaves.count - 1
    do throws(GraphFault) {
      let named = try StateGraph(decoding: bytes).leaves.max() ?? -1
      if named >= count { return "its graph names leaf \(named), and there are \(count)" }
    } catch {
      return "its first leaf is no graph: \(error)"
    }
    return manifest.position.volatile?.first { !(0..<count).contains($0) }.map {
      "it calls leaf \($0) volatile, and there are \(count)"
    }
  }
}
