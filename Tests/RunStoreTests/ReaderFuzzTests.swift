import ReaderFuzzing
import RunStore
import TestSupport
import Testing

/// A little of `make fuzz-readers`.
@Suite struct ReaderFuzzTests {
  @Test func `No reader crashes on a damaged run`() throws {
    let sample = try SampleRun()
    let fuzz = try ReaderFuzz(sample.run, decoder: JSONRecords())
    for trial in 0..<1500 { fuzz.tryOnce(using: SeededGenerator(state: UInt64(trial))) }
  }
}
