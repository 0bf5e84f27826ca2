import FoundationEssentials
import Launching

/// Several workers on the segments of one schedule: hands out, merges, does again, and finds where the program ends.
final class ParallelReplay: WorkerEvents {
  /// How it ended.
  enum Outcome {
    case ended(ExitStatus)
    /// The replay cannot be divided after all: one worker has to do it from the start, and repeat what was passed on.
    case undividable(String)
    case failed(String)
  }

  private struct Worker {
    /// The plan's worker that this process is; another process takes that over where it dies.
    let slot: Int
    /// Where its report is, and a copy of what it wrote on its streams.
    let folder: String
    var segment: Int?
    var isMuted = true
    /// Whether what it writes is in no part of the log that was chosen.
    var isHidden = false
    var isLeaving = false
    var hung = false
  }

  private let schedule: Schedule
  private let isHidden: Bool
  private let start: (_ number: Int, _ slot: Int) throws -> String
  private let endWorker: (Int) -> Void
  private(set) var output: OrderedOutput
  private var handOut: HandOut
  private var workers: [Int: Worker] = [:]
  private var started = 0
  private var failures: [Int: Int] = [:]
  /// Ended by itself before it came to its segment: right only where the program ends before that.
  private var stranded: [Int: (Worker, ExitStatus)] = [:]
  private var end: (segment: Int, status: ExitStatus)?
  private var verdict: Outcome?
  private var progress: Progress
  /// Where the reports are; of a worker that died, what it had handed in before.
  private(set) var folders: [String] = []
  private(set) var notes: [String] = []

  private static let mostAttempts = 2

  /// `isHidden`: until a worker says that it is to be seen. `sent`: what an earlier attempt has passed on.
  init(
    _ schedule: Schedule, _ progress: Progress, isHidden: Bool, sent: [OutputStream: Int], output: ProgramOutput,
    endWorker: @escaping (Int) -> Void,
    start: @escaping (_ number: Int, _ slot: Int) throws -> String
  ) {
    self.schedule = schedule
    self.progress = progress
    self.isHidden = isHidden
    self.start = start
    self.endWorker = endWorker
    handOut = HandOut(schedule)
    self.output = OrderedOutput(segments: schedule.segments.count, sent: sent) { output.send($0, to: $1) }
  }

  func begin() throws {
    for slot in 0..<schedule.workers { try launch(slot) }
  }

  private func launch(_ slot: Int) throws {
    started += 1
    workers[started] = Worker(slot: slot, folder: try start(started, slot), isHidden: isHidden)
  }

  var outcome: Outcome? {
    if let verdict { return verdict }
    guard let end, output.isComplete, !workers.values.contains(where: \.isLeaving) else { return nil }
    return .ended(end.status)
  }

  var isOver: Bool { outcome != nil }

  var status: String? { progress.text() }

  // What workers do.

  func received(_ bytes: UnsafeRawBufferPointer, _ stream: OutputStream, from number: Int) {
    guard let worker = workers[number], !worker.isMuted, !worker.isHidden, let segment = worker.segment else { return }
    output.append(bytes, stream, to: segment)
  }

  func answer(_ message: String, from number: Int) throws -> String? {
    let words = message.split(separator: " ")
    switch words.first {
    case "passed":
      guard words.count == 2, let checkpoint = Int(words[1]) else { break }
      return try next(for: number, passed: checkpoint)
    case "began":
      workers[number]?.isMuted = false
      progress.begins()
      return "go"
    case "shown", "hidden":
      workers[number]?.isHidden = words.first == "hidden"
      return "go"
    case "finished":
      workers[number]?.isLeaving = true
      try end(with: workers[number]?.segment ?? 0, .exited(0))
      return "go"
    default: break
    }
    verdict = .undividable(message)
    return nil
  }

  /// "BEGIN END" of its next segment, "-" for the program's end; "leave" where there is none.
  private func next(for number: Int, passed checkpoint: Int) throws -> String {
    var place = 0
    if let done = workers[number]?.segment {
      workers[number]?.segment = nil
      workers[number]?.isMuted = true
      output.complete(done)
      progress.completes(done)
      try settle()
      place = done + 1
    }
    guard let slot = workers[number]?.slot, let segment = handOut.next(for: slot, from: place) else {
      workers[number]?.isLeaving = true
      return "leave"
    }
    let (begin, end) = (schedule.segments[segment].begin, schedule.segments[segment].end)
    workers[number]?.segment = segment
    workers[number]?.isMuted = begin != checkpoint
    if begin == checkpoint, checkpoint > 0 { progress.begins() }
    return "\(begin) \(end.map(String.init) ?? "-")"
  }

  func hangs(_ number: Int) { workers[number]?.hung = true }

  func ended(_ number: Int, _ status: ExitStatus) throws {
    guard let worker = workers.removeValue(forKey: number) else { return }
    folders.append(worker.folder)
    if worker.isLeaving { return }
    if status == .exited(RetryFile.status), Files.exists(RetryFile.path(in: worker.folder)) {
      verdict = .undividable("a skip turned out to be wrong")
    } else if case .signalled = status {
      try died(worker, status)
    } else if let segment = worker.segment, !worker.isMuted {
      if !Files.exists("\(worker.folder)/worker.json") { notes.append(WorkerFile.noReport) }
      if worker.isHidden, status != .exited(0) {
        let stderr = Files.tail("\(worker.folder)/stderr.log")
        notes.append("the script ended where nothing of it was to be seen; it wrote on stderr:\n\(stderr)")
      }
      try end(with: segment, status)
    } else if let segment = worker.segment {
      stranded[segment] = (worker, status)
      try settle()
    } else {
      try died(worker, status)
    }
  }

  /// The program ends in a segment; it may yet turn out that it ends before.
  private func end(with segment: Int, _ status: ExitStatus) throws {
    if let end, end.segment <= segment { return }
    end = (segment, status)
    output.end(with: segment)
    handOut.end(with: segment)
    for (number, worker) in workers where (worker.segment ?? 0) > segment { endWorker(number) }
    try settle()
  }

  /// A worker that ended by itself on its way to the front segment has gone another way than those before it.
  private func settle() throws {
    guard let (worker, status) = stranded.removeValue(forKey: output.front) else { return }
    if let end, end.segment < output.front { return }
    try died(worker, status)
  }

  private func died(_ worker: Worker, _ status: ExitStatus) throws {
    if let end, let segment = worker.segment, segment > end.segment { return }
    let segment = worker.segment ?? 0
    failures[segment, default: 0] += 1
    if failures[segment, default: 0] < Self.mostAttempts {
      if let own = worker.segment {
        output.restart(own)
        handOut.giveBack(own, to: worker.slot)
      }
      try launch(worker.slot)
    } else if let own = worker.segment, !worker.isMuted, !worker.hung {
      // Where it dies twice, it would die without us.
      notes.append(explanation(worker, status))
      try end(with: own, status)
    } else {
      verdict = .failed(explanation(worker, status))
    }
  }

  private func explanation(_ worker: Worker, _ status: ExitStatus) -> String {
    let how =
      switch status {
      case _ where worker.hung: "neither computed nor wrote anything any more"
      case .signalled(let number): "was ended by signal \(number)"
      case .exited(let number): "ended with status \(number) before it came to its part"
      }
    let part = worker.segment.map { schedule.segments[$0] }
    let place = part.map { "from checkpoint \($0.begin) to \($0.end.map { "\($0)" } ?? "the end")" } ?? "at its start"
    return "a worker \(how), twice, \(place); it wrote on stderr:\n" + Files.tail("\(worker.folder)/stderr.log")
  }
}
