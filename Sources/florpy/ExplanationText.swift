import Catalogue
import RunModel

/// An explanation as text: a paragraph for each site that ran or was left alone.
struct ExplanationText {
  private static let shownOwners = 8

  let explanation: Explanation

  var text: String {
    let paragraphs = explanation.sites.map(paragraph)
    let none = paragraphs.isEmpty ? ["No loop was met."] : []
    return ([summary] + paragraphs + none).joined(separator: "\n\n")
  }

  private var summary: String {
    let checkpoints = explanation.sites.reduce(0) { $0 + $1.checkpoints }
    let written = explanation.sites.reduce(0) { $0 + $1.writtenBytes }
    let script = explanation.script.split(separator: "/").last.map(String.init) ?? explanation.script
    let time = explanation.seconds.map { " after \(Console.seconds($0)) s" } ?? ""
    let lines = [
      "run \(explanation.run) of \(script): \(explanation.status.rawValue)\(time)",
      "\(Console.counted(checkpoints, "checkpoint")), \(Console.bytes(written)); \(cost)",
    ]
    return lines.joined(separator: "\n")
  }

  private var cost: String {
    let allowed = "\(explanation.overhead.map(percent) ?? "any share") of the time was allowed"
    guard let lost = explanation.lostSeconds, let seconds = explanation.seconds, seconds > 0 else { return allowed }
    return "recording took \(Console.seconds(lost)) s (\(percent(lost / seconds))), \(allowed)"
  }

  private func paragraph(of site: Explanation.Site) -> String {
    let title = "\(site.path):\(site.line)  \(site.statement.map { "\($0) in" } ?? "calls of") \(site.function)"
    let facts: [(name: String, lines: [String])] = [
      ("ran", [site.executions == 0 ? "never to its end" : "\(times(site.executions)), \(Console.seconds(site.seconds)) s"]),
      ("checkpoints", [checkpoints(of: site)] + notTaken(at: site)),
      ("iterations", betweenIterations(of: site)),
      ("skippable", [site.skippable ? "yes" : "no: \(site.reason ?? "not told")"]),
      ("bytes", site.checkpoints == 0 ? [] : bytes(of: site)),
    ]
    let lines = facts.flatMap { fact in
      fact.lines.enumerated().map { index, line in
        let name = index == 0 ? fact.name : ""
        return "  \(name)\(String(repeating: " ", count: 13 - name.count))\(line)"
      }
    }
    return ([title] + lines).joined(separator: "\n")
  }

  private func checkpoints(of site: Explanation.Site) -> String {
    let between = site.boundaryCheckpoints == 0 ? "" : ", \(site.boundaryCheckpoints) of them between iterations"
    return site.checkpoints == 0 ? "none" : "\(site.checkpoints)\(between)"
  }

  private func betweenIterations(of site: Explanation.Site) -> [String] {
    let none = site.boundaryCheckpoints == 0 ? "no checkpoint" : "no further checkpoint"
    return site.boundaryReason.map { ["\(none) between them: \($0)"] } ?? []
  }

  private func notTaken(at site: Explanation.Site) -> [String] {
    (site.passedOver ?? [:]).sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { reason, count in
      "not taken \(times(count)): \(Self.words[reason] ?? reason.replacing("_", with: " "))"
    }
  }

  /// What the names of reasons in a run's statistics mean; a name that is not here speaks for itself.
  private static let words = [
    "short": "shorter than what is worth a thought",
    "costs_more_than_it_saves": "it would have cost more than it saves",
    "over_budget": "over the allowed overhead",
    "writer_is_behind": "the writer was behind", "no_room": "there was no room on the disk",
    "state_not_captured": "the state could not be captured",
    "stopped": "recording had stopped, see `florpy show`",
  ]

  private func bytes(of site: Explanation.Site) -> [String] {
    let heading = "\(Console.bytes(site.writtenBytes)) written; the last state holds \(Console.bytes(site.stateBytes))"
    let written = site.owners.filter { $0.writtenBytes > 0 }
    let rest = written.dropFirst(Self.shownOwners)
    var rows = written.prefix(Self.shownOwners).map { owner in
      [owner.path ?? "everything that is no buffer", Console.bytes(owner.writtenBytes), owner.isVolatile ? "volatile" : ""]
    }
    if !rest.isEmpty { rows.append(["\(rest.count) more", Console.bytes(rest.reduce(0) { $0 + $1.writtenBytes }), ""]) }
    let unchanged = site.owners.count - written.count
    if unchanged > 0 { rows.append(["\(unchanged) whose bytes were written already", "", ""]) }
    let unshown = rest + site.owners.filter { $0.writtenBytes == 0 }
    rows += unshown.filter(\.isVolatile).map { [$0.path ?? "", "", "volatile"] }
    return [heading] + Console.aligned(rows, right: [1])
  }

  private func percent(_ share: Double) -> String { "\(Console.decimal(share * 100, 1)) %" }
  private func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
}
