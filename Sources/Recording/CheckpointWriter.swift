import CKernel
import Dispatch
import Glibc
import RunModel
import RunStore
import Synchronization

/// Commits staged checkpoints behind the training thread's back, in order. The only file that touches Dispatch, which a
/// forked child must never do; it holds no Python object and never waits for the interpreter.
///
/// A checkpoint that fails is given up and its error kept as a sentence, for `drain`. No file is tried again.
final class CheckpointWriter: Sendable {
  struct Outcome: Sendable {
    var checkpoints = 0
    var byteCount = 0
    var problems: [String] = []
    /// Why no more checkpoints are taken.
    var isStopped = false
    /// Of the checkpoints written since this was last taken.
    var writingSeconds: [Double] = []
    /// What the program lost by those that were written beside it, likewise.
    var slowdowns: [(checkpoint: Int, seconds: Double)] = []
  }

  private struct State {
    var waiting: [StagedCheckpoint] = []
    var failuresInARow = 0
    var isEnding = false
    /// The thread in the background that writes at this moment.
    var thread: Int32?
    var room = RoomWatch()
    var outcome = Outcome()
  }

  private static let failuresUntilStop = 3

  /// Keeps the order between the thread in the background and whoever drains. Only ever waited for, on threads of our own: Dispatch's
  /// stand by for seconds after their work.
  private let queue = DispatchQueue(label: "florpy.checkpoints")
  private let background = PassingThread()
  private let state = Mutex(State())
  /// Only ever locked on the queue.
  private let committer: Mutex<CheckpointCommitter>
  private let slowdown = Mutex(Slowdown(from: ThreadTimes.sample()))
  private let still: StillLeaves

  /// How many bytes there is room for.
  private let available: @Sendable () -> Int

  init(committer: CheckpointCommitter, still: StillLeaves, available: @escaping @Sendable () -> Int) {
    self.committer = Mutex(committer)
    self.still = still
    self.available = available
  }

  var isStopped: Bool { state.withLock { $0.outcome.isStopped } }

  /// Whether there is room for a checkpoint, as far as is known; after there was none it is tried again now and then.
  func mayTake(at seconds: Double) -> Bool { state.withLock { $0.room.allows(at: seconds, available: available) } }

  /// There was no room. Said once, until there is some again.
  func foundFull(_ error: StoreError, _ what: String, byteCount: Int = 0) {
    state.withLock { state in
      if !state.room.isFull { state.outcome.problems.append("\(what): \(error). None is taken until there is room") }
      state.room.foundFull(byteCount: byteCount, at: Clock.seconds)
    }
  }

  func submit(_ checkpoint: StagedCheckpoint) {
    state.withLock { $0.waiting.append(checkpoint) }
    background.wake { [self] in writeNext() }
  }

  /// In the background.
  private func writeNext() -> Bool {
    let isNothingLeft = queue.sync {
      guard let next = takeNext() else { return true }
      yielding { measured(next.number) { write(next) } }
      return false
    }
    return !isNothingLeft
  }

  /// Behind the program at the processor and at the disk, unless that ends. The thread is this work's own, and so nobody needs it as it was.
  private func yielding(_ body: () -> Void) {
    let thread = thread_number()
    let isEnding = state.withLock { state in
      state.thread = thread
      return state.isEnding
    }
    if !isEnding { thread_yield(thread) }
    body()
    state.withLock { $0.thread = nil }
  }

  private func measured(_ checkpoint: Int, _ body: () -> Void) {
    slowdown.withLock { $0.begins(ThreadTimes.sample()) }
    body()
    let seconds = slowdown.withLock { $0.ends(ThreadTimes.sample()) }
    state.withLock { $0.outcome.slowdowns.append((checkpoint, seconds)) }
  }

  /// Waits until everything that was submitted is durable or given up. Once the script ends, nothing is done for later
  /// checkpoints.
  ///
  ///     caller                      | queue, in the background
  ///                                 | writing 7; 8 waits
  ///     takes 8 out of the queue    |
  ///     waits                       | 7 done
  ///     writes 8 on its own thread, at its own priority: there is nothing left to spare
  ///
  /// Where the script goes on, there is no thread of the writer's when this returns.
  func drain(isEnding: Bool) -> Outcome {
    let rest = state.withLock { state in
      defer { state.waiting = [] }
      state.isEnding = isEnding
      // Nothing is left that it could be in the way of, and somebody waits for it.
      if isEnding, let thread = state.thread { thread_hurry(thread) }
      return state.waiting
    }
    queue.sync { rest.forEach(write) }
    if !isEnding { background.settle() }
    let thinned = committer.withLock { $0.thinned }
    return state.withLock { state in
      var outcome = state.outcome
      outcome.checkpoints -= thinned.count
      outcome.byteCount -= thinned.byteCount
      return outcome
    }
  }

  /// How long the checkpoints took that were written since the last call.
  func takeWritingSeconds() -> [Double] {
    state.withLock { state in
      defer { state.outcome.writingSeconds = [] }
      return state.outcome.writingSeconds
    }
  }

  /// What the program lost while checkpoints were written since the last call.
  func takeSlowdowns() -> [(checkpoint: Int, seconds: Double)] {
    state.withLock { state in
      defer { state.outcome.slowdowns = [] }
      return state.outcome.slowdowns
    }
  }

  private func takeNext() -> StagedCheckpoint? {
    state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
  }

  private func write(_ checkpoint: StagedCheckpoint) {
    // After a stop a gap would open before every checkpoint that still succeeds.
    let records = isStopped ? nil : commit(checkpoint)
    let candidates = records.map { still.settle(checkpoint, $0) } ?? []
    // Before the proof, which takes its time: the program's next state may be staged meanwhile.
    checkpoint.staged.release()
    still.prove(candidates) { state.withLock { $0.isEnding } }
  }

  private func commit(_ checkpoint: StagedCheckpoint) -> [LeafRecord]? {
    let begin = Clock.seconds
    do throws(StoreError) {
      let (records, byteCount) = try committer.withLock { committer throws(StoreError) in try committer.commit(checkpoint) }
      state.withLock { state in
        state.failuresInARow = 0
        if state.room.foundRoom() { state.outcome.problems.append("From checkpoint \(checkpoint.number) on there was room again") }
        state.outcome.checkpoints += 1
        state.outcome.byteCount += byteCount
        state.outcome.writingSeconds.append(Clock.seconds - begin)
      }
      return records
    } catch {
      note(error, checkpoint)
      return nil
    }
  }

  private func note(_ error: StoreError, _ checkpoint: StagedCheckpoint) {
    let what = "Checkpoint \(checkpoint.number) was given up"
    if error.isOutOfSpace { return foundFull(error, what, byteCount: checkpoint.staged.byteCount) }
    state.withLock { state in
      state.failuresInARow += 1
      state.outcome.problems.append("\(what): \(error)")
      if state.failuresInARow == Self.failuresUntilStop {
        state.outcome.isStopped = true
        state.outcome.problems.append("No checkpoint was taken from then on")
      }
    }
  }
}
