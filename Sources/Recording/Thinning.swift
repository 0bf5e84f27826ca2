/// Which checkpoints to give up for room: those without which the longest stretch to execute again stays shortest.
///
/// Pure: times and sizes in, numbers out.
struct Thinning {
  struct Checkpoint: Hashable {
    var number: Int
    /// Since the run began.
    var atSeconds: Double
    /// Those that its leaves lie in.
    var packs: Set<Int>
  }

  /// The newest ones stay: what is still is named by where they hold it, in checkpoints that wait for the writer as well.
  static let newestKept = 4
  /// Stretches that differ by less are as long as each other.
  private static let tolerance = 1.05

  private(set) var checkpoints: [Checkpoint] = []
  /// By pack: its size, and how many checkpoints need it.
  private var byteCounts: [Int: Int] = [:]
  private var uses: [Int: Int] = [:]

  /// What the packs that are needed take.
  var byteCount: Int { uses.keys.reduce(0) { $0 + (byteCounts[$1] ?? 0) } }

  mutating func add(_ checkpoint: Checkpoint, packByteCount: Int) {
    checkpoints.append(checkpoint)
    byteCounts[checkpoint.number] = packByteCount
    for pack in checkpoint.packs { uses[pack, default: 0] += 1 }
  }

  /// The next one to go; nil where none may.
  func next() -> Checkpoint? {
    let candidates = checkpoints.indices.dropLast(Self.newestKept)
    // One that frees nothing would be lost for nothing.
    let freeing = candidates.filter { index in checkpoints[index].packs.contains { uses[$0] == 1 } }
    let stretches = (freeing.isEmpty ? Array(candidates) : freeing).map { (index: $0, seconds: stretch(without: $0)) }
    guard let shortest = stretches.map(\.seconds).min() else { return nil }
    let equal = stretches.filter { $0.seconds <= shortest * Self.tolerance }
    // Of a loop and the one around it, which ends a moment later, the inner one goes.
    return equal.min { timeToNext($0.index) < timeToNext($1.index) }.map { checkpoints[$0.index] }
  }

  /// Returns the packs that nobody needs any more.
  mutating func remove(_ checkpoint: Checkpoint) -> [Int] {
    checkpoints.removeAll { $0.number == checkpoint.number }
    var unneeded: [Int] = []
    for pack in checkpoint.packs.sorted() {
      uses[pack, default: 1] -= 1
      if uses[pack] == 0 {
        uses[pack] = nil
        unneeded.append(pack)
      }
    }
    return unneeded
  }

  private func stretch(without index: Int) -> Double {
    checkpoints[index + 1].atSeconds - (index > 0 ? checkpoints[index - 1].atSeconds : 0)
  }

  private func timeToNext(_ index: Int) -> Double { checkpoints[index + 1].atSeconds - checkpoints[index].atSeconds }
}
