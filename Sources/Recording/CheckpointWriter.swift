import Dispatch
import Glibc
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
  }

  private struct State {
    var waiting: [StagedCheckpoint] = []
    var failuresInARow = 0
    var outcome = Outcome()
  }

  private static let failuresUntilStop = 3

  // Nice 10: next to a training that uses every core the writer is hardly felt (design.md, section 8 and 10).
  private let queue = DispatchQueue(label: "florpy.checkpoints", qos: .background)
  private let state = Mutex(State())
  /// Only ever locked on the queue.
  private let committer: Mutex<CheckpointCommitter>

  init(committer: CheckpointCommitter) {
    self.committer = Mutex(committer)
  }

  var isStopped: Bool { state.withLock { $0.outcome.isStopped } }

  func submit(_ checkpoint: StagedCheckpoint) {
    state.withLock { $0.waiting.append(checkpoint) }
    queue.async { [self] in
      if let next = takeNext() { write(next) }
    }
  }

  /// Waits until everything that was submitted is durable or given up.
  ///
  ///     caller                      | queue, in the background
  ///                                 | writing 7; 8 waits
  ///     takes 8 out of the queue    |
  ///     waits                       | 7 done
  ///     writes 8 on its own thread, at its own priority: there is nothing left to spare
  func drain() -> Outcome {
    let rest = state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    queue.sync { rest.forEach(write) }
    return state.withLock { $0.outcome }
  }

  /// How long the checkpoints took that were written since the last call.
  func takeWritingSeconds() -> [Double] {
    state.withLock { state in
      defer { state.outcome.writingSeconds = [] }
      return state.outcome.writingSeconds
    }
  }

  private func takeNext() -> StagedCheckpoint? {
    state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
  }

  private func write(_ checkpoint: StagedCheckpoint) {
    defer { checkpoint.leaves.release() }
    // After a stop a gap would open before every checkpoint that still succeeds.
    if isStopped { return }
    let begin = Clock.seconds
    do throws(StoreError) {
      let byteCount = try committer.withLock { committer throws(StoreError) in try committer.commit(checkpoint) }
      state.withLock { state in
        state.failuresInARow = 0
        state.outcome.checkpoints += 1
        state.outcome.byteCount += byteCount
        state.outcome.writingSeconds.append(Clock.seconds - begin)
      }
    } catch {
      note(error, checkpoint.number)
    }
  }

  private func note(_ error: StoreError, _ number: Int) {
    state.withLock { state in
      state.failuresInARow += 1
      state.outcome.problems.append("Checkpoint \(number) was given up: \(error)")
      if error.isOutOfSpace || state.failuresInARow == Self.failuresUntilStop {
        state.outcome.isStopped = true
        state.outcome.problems.append("No checkpoint was taken from then on")
      }
    }
  }
}
