import Testing

@testable import Recording

@Suite struct EncodingPaceTests {
  private func pace(encoded: Int, device: Double) -> EncodingPace {
    var pace = EncodingPace()
    pace.observe(encodedByteCount: encoded, seconds: 1)
    pace.observe(deviceBytesPerSecond: device)
    return pace
  }

  @Test func `Nothing is refused before both speeds are known`() {
    var pace = EncodingPace()
    let atFirst = pace.allows(byteCount: 1 << 40, intervalSeconds: 0)
    pace.observe(encodedByteCount: 1, seconds: 1)
    let withOne = pace.allows(byteCount: 1 << 40, intervalSeconds: 0)
    #expect(atFirst && withOne)
  }

  @Test func `Where the device is slower, encoding is always allowed`() {
    var pace = pace(encoded: 800_000_000, device: 1e9)
    let allowed = pace.allows(byteCount: 1 << 40, intervalSeconds: 0)
    #expect(allowed)
  }

  @Test func `Where the device is faster, encoding may take half of the time between checkpoints`() {
    var pace = pace(encoded: 500_000_000, device: 2e9)
    let (slowly, quickly) = (
      pace.allows(byteCount: 500_000_000, intervalSeconds: 2.1), pace.allows(byteCount: 500_000_000, intervalSeconds: 1.9)
    )
    #expect(slowly && !quickly)
  }

  @Test func `A refusal does not last for ever`() {
    var pace = pace(encoded: 1, device: 2e9)
    let decisions = (0..<32).map { _ in pace.allows(byteCount: 1 << 30, intervalSeconds: 1) }
    #expect(decisions.filter { $0 }.count == 2)
    for _ in 0..<30 { pace.observe(encodedByteCount: 1 << 40, seconds: 1) }
    let later = (0..<32).map { _ in pace.allows(byteCount: 1 << 30, intervalSeconds: 1) }
    #expect(later.allSatisfy { $0 })
  }
}
