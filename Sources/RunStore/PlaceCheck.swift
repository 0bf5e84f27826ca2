import RunModel

/// Invariant 17: an execution has ended, or is between two iterations; and its checkpoints go forward.
struct PlaceCheck {
  private struct Execution: Hashable {
    var site: LoopSite
    var number: Int
  }

  /// The latest checkpoint of an execution; `iteration` is nil at its end.
  private struct Latest {
    var checkpoint: Int
    var iteration: Int?
  }

  let run: RunDirectory

  /// The manifests are in the order of their numbers. One under another's name says nothing of its own checkpoint.
  func check(_ manifests: [CheckedManifest], _ report: inout CheckReport) {
    var latest: [Execution: Latest] = [:]
    for manifest in manifests where manifest.position.checkpoint == manifest.number {
      let (path, position) = (run.relative(run.manifest(manifest.number)), manifest.position)
      check(position, path, &report)
      let execution = Execution(site: position.site, number: position.execution)
      if let earlier = latest[execution], let wrong = fault(position, after: earlier) { report.add(17, path, wrong) }
      latest[execution] = Latest(checkpoint: manifest.number, iteration: position.iteration)
    }
  }

  private func check(_ position: CheckpointPosition, _ path: String, _ report: inout CheckReport) {
    if (position.exit == nil) == (position.iteration == nil) {
      report.add(17, path, "it says neither that its execution had ended nor between which iterations it was, or both")
    }
    let counts = [position.iteration ?? 1] + (position.around ?? []).map { ($0.iteration ?? 0) + 1 }
    if counts.contains(where: { $0 < 1 }) || (position.around ?? []).contains(where: { $0.execution < 0 }) {
      report.add(17, path, "what it counts of executions and iterations cannot be")
    }
  }

  private func fault(_ position: CheckpointPosition, after earlier: Latest) -> String? {
    guard let before = earlier.iteration else { return "checkpoint \(earlier.checkpoint) was the end of its execution" }
    guard let iteration = position.iteration, iteration <= before else { return nil }
    return "\(iteration) iterations lay behind it, and \(before) behind checkpoint \(earlier.checkpoint), which is earlier"
  }
}
