import RunModel
import RunStore
import TestSupport
import Testing

/// Invariant 17, on a run whose three checkpoints are of one execution: before its iterations 2 and 5, and at its end.
@Suite struct PlaceCheckTests {
  private static let (second, fifth, end) = (#""iteration":2,"around":[]"#, #""iteration":5,"around":[]"#, #""exit":"normal""#)

  @Test func `Checkpoints that go forward are sound`() throws {
    #expect(try findings([Self.second, Self.fifth, Self.end]) == [])
  }

  @Test(arguments: [
    ([fifth, second, end], "checkpoints/000002"), ([second, second, end], "checkpoints/000002"),
    ([end, second, fifth], "checkpoints/000002"), ([second, end, end], "checkpoints/000003"),
    ([second, fifth, #""iteration":-1"#], "checkpoints/000003"),
    ([second, fifth, #""iteration":7,"exit":"normal""#], "checkpoints/000003"),
  ])
  func `Those that go back, or say two things, are reported`(places: [String], path: String) throws {
    let found = try findings(places)
    #expect(found.map(\.path).contains(path), "\(found)")
    #expect(Set(found.map(\.invariant)) == [17], "\(found)")
  }

  @Test func `Of another execution nothing is asked`() throws {
    let sample = try SampleRun()
    for (number, place) in [Self.fifth, Self.second, Self.end].enumerated() {
      try sample.place(number + 1, place, execution: number)
    }
    #expect(sample.check().findings == [])
  }

  private func findings(_ places: [String]) throws -> [CheckReport.Finding] {
    let sample = try SampleRun()
    for (number, place) in places.enumerated() { try sample.place(number + 1, place, execution: 0) }
    return sample.check().findings
  }
}

extension SampleRun {
  /// Checkpoint `number` with `place` instead of how its execution ended.
  fileprivate func place(_ number: Int, _ place: String, execution: Int) throws {
    let manifest = try store.manifest(number, of: run)
    let position = manifest.positionJSON
      .replacing(#""exit":"normal""#, with: place).replacing("\"execution\":\(number - 1)", with: "\"execution\":\(execution)")
    let text = ManifestText.encode(CheckpointManifest(positionJSON: position, leaves: manifest.leaves))
    try store.fileSystem.writeDurably(text, to: run.manifest(number))
  }
}
