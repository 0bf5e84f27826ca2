import CProcess
import Glibc

/// What is done about what workers do.
public protocol WorkerEvents: AnyObject {
  func received(_ bytes: UnsafeRawBufferPointer, _ stream: OutputStream, from worker: Int)
  /// Everything that the worker had written by then has been received. Nil: no answer yet, and it waits.
  func answer(_ message: String, from worker: Int) throws -> String?
  func ended(_ worker: Int, _ status: ExitStatus) throws
  /// Neither computes nor writes any more. It is ended after this; `ended` is called for it as well.
  func hangs(_ worker: Int)
  /// Whether there is nothing left to wait for.
  var isOver: Bool { get }
  /// How far it has come, for whoever watches.
  var status: String? { get }
}

/// Carries the output, the messages and the ends of several workers to one place until all is done.
public final class WorkerRelay {
  /// What ended the relay before its time.
  public enum Interruption: Hashable, Sendable {
    case signal(Int32)
    case lostReader
  }

  private let signals: SignalMirror
  private let output: ProgramOutput
  private let hangAfterSeconds: Double
  private var workers: [WorkerProcess] = []
  private var watches: [Int: HangWatch] = [:]
  /// Ended, but others may still hold its output.
  private var silentSince: [Int: Double] = [:]

  private static let silenceSeconds = 0.5
  private static let graceSeconds = 0.5
  private static let ending: Set = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

  public init(output: ProgramOutput, hangAfterSeconds: Double) throws(LaunchError) {
    self.output = output
    self.hangAfterSeconds = hangAfterSeconds
    signals = try SignalMirror()
  }

  deinit { signals.end() }

  public func start(_ number: Int, _ order: WorkerOrder, _ events: any WorkerEvents) throws {
    let worker = try WorkerProcess(number, order, mask: signals.originalMask) { [unowned self, unowned events] stream, bytes in
      watches[number]?.note(now)
      events.received(bytes, stream, from: number)
    }
    workers.append(worker)
    watches[number] = HangWatch(limitSeconds: hangAfterSeconds, now: now)
  }

  /// Until the events say that it is over, and what was to be written has been. All workers have ended then.
  public func run(_ events: any WorkerEvents) throws -> Interruption? {
    defer {
      output.show(status: nil)
      endAll()
    }
    while true {
      if events.isOver, !output.hasPending { return nil }
      step()
      if let signal = handleSignals() { return .signal(signal) }
      if output.hasLostReader { return .lostReader }
      for worker in workers { try serve(worker, events) }
      watchForHanging(events)
      output.show(status: events.status)
    }
  }

  private func step() {
    var list = [pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)] + output.polled
    for worker in workers {
      if !worker.hasHungUp { list.append(pollfd(fd: worker.messages, events: Int16(POLLIN), revents: 0)) }
      if !worker.hasEnded { list.append(pollfd(fd: worker.ending, events: Int16(POLLIN), revents: 0)) }
      list += worker.wiring.channels.flatMap(\.polled)
    }
    poll(&list, nfds_t(list.count), silentSince.isEmpty ? 1000 : 50)
    output.advance(list)
    for worker in workers {
      for channel in worker.wiring.channels { channel.advance(list[...].filter { $0.fd == channel.source }[...]) }
    }
  }

  /// A worker's message comes after what it wrote before, and its end after both.
  private func serve(_ worker: WorkerProcess, _ events: any WorkerEvents) throws {
    worker.look()
    while let message = worker.message() {
      worker.drain()
      watches[worker.number]?.note(now)
      if let answer = try events.answer(message, from: worker.number) { worker.answer(answer) }
    }
    guard let status = worker.status else { return }
    worker.drain()
    let since = silentSince[worker.number] ?? now
    silentSince[worker.number] = since
    guard worker.isOutputOver || now - since > Self.silenceSeconds else { return }
    worker.finish()
    workers.removeAll { $0 === worker }
    silentSince[worker.number] = nil
    watches[worker.number] = nil
    try events.ended(worker.number, status)
  }

  /// The signal that ends everything, if one came. Others are passed on: the terminal sends its own to our group only.
  private func handleSignals() -> Int32? {
    for number in signals.arrived() {
      switch number {
      case SIGCHLD: continue
      case _ where Self.ending.contains(number): if !isIgnored(number) { return number }
      case SIGTSTP: pause()
      case SIGCONT: for worker in workers { worker.signal(SIGCONT) }
      case SIGWINCH:
        for worker in workers {
          for channel in worker.wiring.channels { channel.copyWindowSize() }
          worker.signal(SIGWINCH)
        }
      default: for worker in workers { kill(worker.process, number) }
      }
    }
    return nil
  }

  private func pause() {
    for worker in workers { worker.signal(SIGSTOP) }
    kill(getpid(), SIGSTOP)
    for worker in workers { worker.signal(SIGCONT) }
    for number in watches.keys { watches[number]?.note(now) }
  }

  private func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    return sigaction(number, nil, &action) == 0
      && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }

  private func watchForHanging(_ events: any WorkerEvents) {
    for worker in workers where !worker.hasEnded {
      guard watches[worker.number]?.isHanging(now, ticks: worker.groupTicks) == true else { continue }
      events.hangs(worker.number)
      worker.signal(SIGKILL)
    }
  }

  /// Ends one worker that has nothing left to do, with all that it started.
  public func end(_ number: Int) {
    for worker in workers where worker.number == number { worker.signal(SIGKILL) }
  }

  /// Ends every worker: at first in a way that lets their helpers tidy up, then for good.
  private func endAll() {
    for worker in workers {
      worker.signal(SIGCONT)
      worker.signal(SIGTERM)
    }
    let until = now + Self.graceSeconds
    while !workers.isEmpty, now < until {
      for worker in workers {
        worker.look()
        worker.drain()
      }
      workers.removeAll { $0.hasEnded && ProcessGroup.isEmpty($0.process) }
      if !workers.isEmpty { usleep(5000) }
    }
    for worker in workers {
      worker.signal(SIGKILL)
      if !worker.hasEnded { _ = ExitStatus.awaited(worker.process) }
    }
    workers = []
  }

  private var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// Whether a worker does anything. Its processor time is asked for only when it has been silent for long.
struct HangWatch {
  let limitSeconds: Double
  private var activeAt: Double
  private var askedAt: Double
  private var ticks = -1

  init(limitSeconds: Double, now: Double) {
    (self.limitSeconds, activeAt, askedAt) = (limitSeconds, now, now)
  }

  mutating func note(_ now: Double) { (activeAt, askedAt, ticks) = (now, now, -1) }

  /// True once in a whole limit nothing was written and no processor time was used.
  mutating func isHanging(_ now: Double, ticks current: () -> Int) -> Bool {
    guard now - askedAt >= limitSeconds / 4 else { return false }
    askedAt = now
    let found = current()
    if found != ticks { (activeAt, ticks) = (now, found) }
    return now - activeAt >= limitSeconds
  }
}
