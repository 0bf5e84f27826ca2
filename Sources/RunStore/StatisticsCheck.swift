import RunModel

/// Invariant 15: what is counted of a site can be.
struct StatisticsCheck {
  let run: RunDirectory

  func check(_ manifests: [CheckedManifest], _ report: inout CheckReport) {
    for manifest in manifests { check(manifest.position.statistics, at: run.manifest(manifest.number), &report) }
    check(report.end?.statistics ?? [], at: run.end, &report)
  }

  private func check(_ statistics: [SiteStatistics], at path: String, _ report: inout CheckReport) {
    guard let wrong = statistics.first(where: { !isPossible($0) }) else { return }
    report.add(15, run.relative(path), "what it counts of loop \(wrong.site.ordinal) of \(wrong.site.path) cannot be")
  }

  private func isPossible(_ statistics: SiteStatistics) -> Bool {
    var left = statistics.executions
    for count in (statistics.passedOver ?? [:]).values {
      guard count >= 0, count <= left else { return false }
      left -= count
    }
    return left >= 0 && statistics.checkpoints >= 0
  }
}
