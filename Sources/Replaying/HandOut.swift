/// Hands the segments out one by one, as planned, and where a worker is idle, of what another one has not begun.
///
/// A worker only goes forward: it gets nothing that lies behind it.
public struct HandOut: Sendable {
  private let seconds: [Double]
  private var waiting: [[Int]]
  private var waitingSeconds: [Double]

  public init(_ schedule: Schedule) {
    seconds = schedule.segments.map(\.seconds)
    waiting = schedule.owned
    waitingSeconds = schedule.owned.map { [seconds] own in own.reduce(0) { $0 + seconds[$1] } }
  }

  /// The next segment of a worker that has passed all before `place`; nil where there is none for it.
  public mutating func next(for worker: Int, from place: Int) -> Int? {
    if !waiting[worker].isEmpty { return take(0, of: worker) }
    return takenOver(from: place)
  }

  /// The last one of whoever has most left to do: it would be the longest in coming to that. The program's end stays where it is.
  private mutating func takenOver(from place: Int) -> Int? {
    var best: (worker: Int, index: Int)?
    for worker in waiting.indices where waitingSeconds[worker] > best.map({ waitingSeconds[$0.worker] }) ?? -1 {
      guard let index = waiting[worker].lastIndex(where: { $0 != seconds.count - 1 }), waiting[worker][index] >= place else {
        continue
      }
      best = (worker, index)
    }
    return best.map { take($0.index, of: $0.worker) }
  }

  private mutating func take(_ index: Int, of worker: Int) -> Int {
    let segment = waiting[worker].remove(at: index)
    waitingSeconds[worker] -= seconds[segment]
    return segment
  }

  /// A segment that has to be done once more.
  public mutating func giveBack(_ segment: Int, to worker: Int) {
    waiting[worker].insert(segment, at: waiting[worker].firstIndex { $0 > segment } ?? waiting[worker].endIndex)
    waitingSeconds[worker] += seconds[segment]
  }

  /// The program ends with this segment: those after it are not wanted.
  public mutating func end(with segment: Int) {
    for worker in waiting.indices { waiting[worker].removeAll { $0 > segment } }
  }
}
