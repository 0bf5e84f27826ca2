import RunModel
import RunStore

/// All values of a run, put into columns.
struct LoggedSeries {
  private(set) var series: [Series] = []
  private var places: [Series.Key: Int] = [:]
  /// What could not be read.
  private(set) var problem: String?

  init(of run: RunDirectory, in store: RunStore) throws(StoreError) {
    let log = RunLog(run, in: store)
    for file in try log.files() {
      var columns = FileColumns(replay: file.replay)
      do {
        try log.read(file) { entry, decoder in columns.take(entry, decoder, into: &self) }
      } catch {
        // The blocks before the damage count.
        problem = "\(run.relative(file.path)): \(error)"
      }
    }
    for place in series.indices { series[place].sortByTime() }
    series += try PrintedLog(keptOf: run, in: store).series
    dropOverriddenHindsight()
  }

  fileprivate mutating func place(of key: Series.Key) -> Int {
    if let place = places[key] { return place }
    series.append(Series(key))
    places[key] = series.count - 1
    return series.count - 1
  }

  fileprivate mutating func withSeries(at place: Int, _ body: (inout Series) -> Void) { body(&series[place]) }

  /// For each name and position the latest replay counts that has any of that name there.
  private mutating func dropOverriddenHindsight() {
    struct Place: Hashable {
      let name: String
      let loops: [String]
      let position: [Int64]
    }
    let replayed = series.indices.filter { series[$0].key.replay != nil }
    guard Set(replayed.map { series[$0].key.replay }).count > 1 else { return }
    var latest: [Place: Int] = [:]
    for index in replayed.sorted(by: { series[$0].key.replay ?? 0 > series[$1].key.replay ?? 0 }) {
      let (key, replay) = (series[index].key, series[index].key.replay ?? 0)
      let kept = (0..<series[index].count).filter { place in
        let here = Place(name: key.name, loops: key.loops, position: series[index].position(at: place))
        return latest.setDefault(here, replay) == replay
      }
      if kept.count < series[index].count { series[index].keep(kept) }
    }
    series.removeAll { $0.count == 0 }
  }
}

/// Finds the series of each value of one log file, in which names and positions are numbers.
private struct FileColumns {
  private struct Numbers: Hashable {
    var name: Int
    var loops: Int
    var isArgument: Bool
  }

  let replay: Int?
  /// By position: the number of the list of loops around it.
  private var loopsOfPosition = [0]
  private var loopLists: [[String]] = [[]]
  private var numberOfLoops: [[String]: Int] = [[]: 0]
  private var places: [Numbers: Int] = [:]
  private var last: (numbers: Numbers, place: Int)?

  init(replay: Int?) { self.replay = replay }

  mutating func take(_ entry: borrowing LogEntry, _ decoder: borrowing LogDecoder, into all: inout LoggedSeries) {
    learnPositions(decoder)
    let loops = loopsOfPosition[entry.position]
    let place = place(of: Numbers(name: entry.name, loops: loops, isArgument: entry.isArgument), decoder, &all)
    let (value, nanoseconds, step) = (entry.value, entry.nanoseconds, entry.step)
    var position = entry.position
    all.withSeries(at: place) { series in
      series.append(value, nanoseconds: nanoseconds, step: step)
      var level = series.key.loops.count
      while position != 0 {
        let iteration = decoder.positions[position]
        level -= 1
        series.append(iteration: iteration.iteration, item: iteration.item, at: level)
        position = iteration.outer
      }
    }
  }

  private mutating func place(of numbers: Numbers, _ decoder: borrowing LogDecoder, _ all: inout LoggedSeries) -> Int {
    if let last, last.numbers == numbers { return last.place }
    let place =
      places[numbers]
      ?? all.place(
        of: Series.Key(
          name: decoder.names[numbers.name], replay: replay, isArgument: numbers.isArgument, loops: loopLists[numbers.loops]))
    places[numbers] = place
    last = (numbers, place)
    return place
  }

  private mutating func learnPositions(_ decoder: borrowing LogDecoder) {
    while loopsOfPosition.count < decoder.positions.count {
      let position = decoder.positions[loopsOfPosition.count]
      let loops = loopLists[loopsOfPosition[position.outer]] + [position.loop]
      if numberOfLoops[loops] == nil {
        numberOfLoops[loops] = loopLists.count
        loopLists.append(loops)
      }
      loopsOfPosition.append(numberOfLoops[loops] ?? 0)
    }
  }
}

extension Dictionary {
  /// The value that is there, or else this one from now on.
  fileprivate mutating func setDefault(_ key: Key, _ value: Value) -> Value {
    if let found = self[key] { return found }
    self[key] = value
    return value
  }
}
