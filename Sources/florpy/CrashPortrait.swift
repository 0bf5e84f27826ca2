import Catalogue
import RunModel
import RunStore

/// What `florpy show` says of the exception that ended a script.
struct CrashPortrait: Encodable {
  /// Where the newest checkpoint before the crash was taken.
  struct Place: Encodable {
    var checkpoint: Int
    var path: String
    var line: Int
    var function: String
    var execution: Int
    /// How many iterations lay behind a loop that had not ended; nil where it had, and of a function.
    var iteration: Int?
  }

  private let run: String
  let crash: Crash
  var nearest: Place?

  /// Nil where the run has none.
  init?(of files: RunFiles) throws(StoreError) {
    guard let crash = try files.crash() else { return nil }
    (self.crash, run) = (crash, files.run.run.text)
    nearest = try crash.checkpoint.flatMap { number throws(StoreError) in try Self.place(of: number, files) }
  }

  /// Nil where a repair has moved the checkpoint aside.
  private static func place(of number: Int, _ files: RunFiles) throws(StoreError) -> Place? {
    guard try files.store.checkpoints(of: files.run).contains(number) else { return nil }
    let position = try files.position(of: files.store.manifest(number, of: files.run), number: number)
    guard let site = try files.sites().last(where: { $0.site == position.site }) else { return nil }
    return Place(
      checkpoint: number, path: site.path, line: site.line, function: site.function, execution: position.execution,
      iteration: position.iteration)
  }

  func encode(to encoder: any Encoder) throws {
    try crash.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(nearest, forKey: .nearest)
  }

  enum CodingKeys: String, CodingKey { case nearest }

  /// One line.
  var summary: String { "\(crash.headline.firstLine)\(at)" }

  private var at: String {
    guard let place = crash.place else { return "" }
    let position = crash.position.isEmpty ? "" : ", at \(crash.position)"
    return " (\(place.file):\(place.line) in \(place.function)\(position))"
  }

  var text: String { (traceback + [before]).joined(separator: "\n") }

  /// As Python prints it, with the variables of the project's frames.
  private var traceback: [String] {
    var lines = crash.earlier.reversed().map(Self.line)
    lines.append("Traceback (most recent call last):")
    for (number, frame) in crash.frames.enumerated() {
      if number == Self.firstFrames, crash.leftOut > 0 { lines.append("  … \(Console.counted(crash.leftOut, "frame")) more") }
      lines.append("  File \"\(frame.file)\", line \(frame.line), in \(frame.function)")
      if !frame.text.isEmpty { lines.append("    \(frame.text)") }
      for (name, value) in (frame.locals ?? [:]).sorted(by: { $0.key < $1.key }) { lines.append("      \(name) = \(value)") }
    }
    return lines + [crash.headline]
  }

  /// `_FIRST_FRAMES` of `python/flor/crashes/record.py`.
  private static let firstFrames = 16

  private static func line(_ earlier: Crash.Earlier) -> String {
    let place = earlier.file.map { " (\($0):\(earlier.line ?? 0))" } ?? ""
    let then = earlier.relation == .cause ? "which caused:" : "and while it was handled:"
    return "\(earlier.message.map { "\(earlier.type): \($0)" } ?? earlier.type)\(place), \(then)"
  }

  private var before: String {
    guard let nearest else { return "There is no checkpoint before it." }
    let moment = nearest.iteration.map { "before iteration \($0) of" } ?? "at the end of"
    return "The checkpoint before it is \(nearest.checkpoint), \(moment) \(nearest.path):\(nearest.line) (\(nearest.function)) "
      + "#\(nearest.execution); `florpy debug \(run)` goes on from there to the crash."
  }
}

extension String {
  fileprivate var firstLine: Substring { prefix { !$0.isNewline } }
}
